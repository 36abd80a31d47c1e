# Reference values for recurrent acts: run from the root of the repository, Rscript tests/reference/recurrence.R
# Data are those shipped with R's survival. The mean number under a terminal event is written out, and its error found by
# differentiating it numerically in the weight of each person; without one, survfit gives both.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/recurrence/"
dir.create(folder, showWarnings = FALSE)
found <- list()
put <- function(fit, quantity, value) {
  value <- as.numeric(value)
  found[[length(found) + 1]] <<- data.frame(fit = fit, quantity = quantity, position = seq_along(value) - 1,
                                            value = sprintf("%.15g", value))
}
b1 <- bladder1[bladder1$stop > bladder1$start, c("id", "treatment", "start", "stop", "status", "number", "size", "enum")]
b1$treatment <- as.character(b1$treatment)
b1$late <- b1$start                       # the same people, seen from month 3 on only
late <- b1[b1$stop > 3, ]; late$start <- pmax(late$start, 3)
write.csv(b1[, c("id", "treatment", "start", "stop", "status")], paste0(folder, "bladder1.csv"), row.names = FALSE, quote = FALSE)

mean_number <- function(d, w, times) {
  ends <- sort(unique(d$stop[d$status > 0])); S <- 1; mu <- 0; out <- numeric(length(ends))
  for (k in seq_along(ends)) {
    t <- ends[k]; Y <- sum(w * (d$start < t & t <= d$stop))
    mu <- mu + S * sum(w * (d$stop == t & d$status == 1)) / Y
    S <- S * (1 - sum(w * (d$stop == t & d$status >= 2)) / Y)
    out[k] <- mu
  }
  c(0, out)[findInterval(times, ends) + 1]
}
times <- c(6, 12, 24, 36, 48)
for (case in list(list("bladder1", b1), list("late", late))) for (arm in unique(b1$treatment)) {
  d <- case[[2]][case[[2]]$treatment == arm, ]; one <- rep(1, nrow(d)); h <- 1e-4
  people <- unique(d$id)
  slope <- sapply(people, function(p) { up <- down <- one; up[d$id == p] <- 1 + h; down[d$id == p] <- 1 - h
    (mean_number(d, up, times) - mean_number(d, down, times)) / (2 * h) })
  put(paste(case[[1]], arm), "estimate", mean_number(d, one, times)); put(paste(case[[1]], arm), "std_error", sqrt(rowSums(slope^2)))
}
plain <- survfit(Surv(start, stop, status == 1) ~ treatment, b1, id = id, cluster = id)
for (arm in unique(b1$treatment)) {
  s <- summary(plain[paste0("treatment=", arm)], times = times)
  put(paste("plain", arm), "estimate", s$cumhaz); put(paste("plain", arm), "std_error", s$std.chaz)
}
c2 <- cgd[, c("id", "treat", "age", "tstart", "tstop", "status", "enum")]; c2$treat <- as.character(c2$treat)
write.csv(c2, paste0(folder, "cgd.csv"), row.names = FALSE, quote = FALSE)
c2$gamma <- as.integer(c2$treat == "rIFN-g"); c2$order <- pmin(c2$enum, 3); c2$gap <- c2$tstop - c2$tstart
tight <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15)
fits <- list(
  andersen_gill = coxph(Surv(tstart, tstop, status) ~ gamma + age, c2, cluster = id, control = tight),
  pwp_total = coxph(Surv(tstart, tstop, status) ~ gamma + age + strata(order), c2, cluster = id, control = tight),
  pwp_gap = coxph(Surv(gap, status) ~ gamma + age + strata(order), c2, cluster = id, control = tight))
for (name in names(fits)) { put(name, "estimate", coef(fits[[name]])); put(name, "std_error", sqrt(diag(vcov(fits[[name]])))) }
write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "survival"), version = c(as.character(getRversion()), as.character(packageVersion("survival"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
