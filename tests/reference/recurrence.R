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
save <- function(d, name) write.csv(d, paste0(folder, name, ".csv"), row.names = FALSE, quote = FALSE)
times <- c(6, 12, 24, 36, 48)

# Tumours of the bladder (status 1), where death (2, 3) ends the counting
b1 <- bladder1[bladder1$stop > bladder1$start, c("id", "treatment", "start", "stop", "status", "number", "enum")]
b1$treatment <- as.character(b1$treatment)
save(b1, "bladder1")
late <- b1[b1$stop > 3, ]; late$start <- pmax(late$start, 3)  # the same people, seen from month 3 on only
b1$one <- 1; late$one <- 1

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
# Rows: times. Columns: people, each with weight times slope of whatever is computed from the weights.
influence <- function(d, w, of, h = 1e-4) sapply(unique(d$id), function(p) {
  up <- down <- w; up[d$id == p] <- w[d$id == p] * (1 + h); down[d$id == p] <- w[d$id == p] * (1 - h)
  (of(up) - of(down)) / (2 * h)
})
for (case in list(list("bladder1", b1, "one"), list("late", late, "one"), list("weighted", late, "number")))
  for (arm in unique(b1$treatment)) {
    d <- case[[2]][case[[2]]$treatment == arm, ]; w <- d[[case[[3]]]]
    put(paste(case[[1]], arm), "estimate", mean_number(d, w, times))
    put(paste(case[[1]], arm), "std_error", sqrt(rowSums(influence(d, w, function(w) mean_number(d, w, times))^2)))
  }

# The variance as Ghosh and Lin (2000) print it, person by person: it has the number at risk before a death where the
# derivative has the number after it, and is equal where nobody dies.
ghosh_lin <- function(d, times) {
  ends <- sort(unique(d$stop[d$status > 0])); who <- factor(d$id)
  at <- sapply(ends, function(t) tapply(d$start < t & t <= d$stop, who, sum))
  N <- sapply(ends, function(t) tapply(d$stop == t & d$status == 1, who, sum))
  D <- sapply(ends, function(t) tapply(d$stop == t & d$status >= 2, who, sum))
  Y <- colSums(at); S <- c(1, cumprod(1 - colSums(D) / Y))[seq_along(ends)]; mu <- cumsum(S * colSums(N) / Y)
  sapply(times, function(t) {
    k <- ends <= t
    acts <- sweep(N - sweep(at, 2, colSums(N) / Y, "*"), 2, S / Y, "*")[, k, drop = FALSE]
    dead <- sweep(D - sweep(at, 2, colSums(D) / Y, "*"), 2, (max(mu[k]) - mu) / Y, "*")[, k, drop = FALSE]
    sqrt(sum((rowSums(acts) - rowSums(dead))^2))
  })
}
for (arm in unique(b1$treatment)) put(paste("printed", arm), "std_error", ghosh_lin(b1[b1$treatment == arm, ], times))

# Between groups that share people: before and after the first tumour
later <- b1$enum > 1
gap <- function(w) mean_number(b1[later, ], w[later], c(12, 24, 36)) - mean_number(b1[!later, ], w[!later], c(12, 24, 36))
put("difference", "estimate", gap(b1$one)); put("difference", "std_error", sqrt(rowSums(influence(b1, b1$one, gap)^2)))

# Without a terminal event: survfit, on three data sets, with weights, and with gaps in the time at risk
c2 <- cgd[, c("id", "treat", "age", "tstart", "tstop", "status", "enum")]; c2$treat <- as.character(c2$treat)
save(c2, "cgd")
first <- rhDNase[!duplicated(rhDNase$id), ]
first$futime <- as.numeric(first$end.dt - first$entry.dt)
rh <- tmerge(first, first, id = id, tstop = futime)
attacks <- rhDNase[!is.na(rhDNase$ivstart), ]
rh <- tmerge(rh, attacks, id = id, infect = event(ivstart), end = event(ivstop))
rh <- as.data.frame(rh[rh$tstart >= 0, ])
rh <- rh[rh$end == 0 | rh$infect == 1, c("id", "trt", "fev", "tstart", "tstop", "infect")]  # not at risk while treated
save(rh, "rhdnase")
curve <- function(name, s, times) {
  s <- summary(s, times = times); put(name, "estimate", s$cumhaz); put(name, "std_error", s$std.chaz)
}
for (arm in unique(b1$treatment)) {
  d <- b1[b1$treatment == arm, ]
  curve(paste("plain", arm), survfit(Surv(start, stop, status == 1) ~ 1, d, id = id, cluster = id), times)
  curve(paste("plain weighted", arm), survfit(Surv(start, stop, status == 1) ~ 1, d, id = id, cluster = id, weights = number), times)
}
for (arm in unique(c2$treat))
  curve(paste("cgd", arm), survfit(Surv(tstart, tstop, status) ~ 1, c2[c2$treat == arm, ], id = id, cluster = id), c(90, 180, 365))
for (arm in 0:1)
  curve(paste("rhdnase", arm), survfit(Surv(tstart, tstop, infect) ~ 1, rh[rh$trt == arm, ], cluster = id), c(60, 120, 160))

# Cox models of all events
b2 <- bladder2[, c("id", "rx", "number", "size", "start", "stop", "event", "enum")]
save(b2, "bladder2")
b2$gap <- b2$stop - b2$start
c2$gamma <- as.integer(c2$treat == "rIFN-g"); c2$order <- pmin(c2$enum, 3); c2$gap <- c2$tstop - c2$tstart
tight <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15)
fits <- list(
  andersen_gill = coxph(Surv(tstart, tstop, status) ~ gamma + age, c2, cluster = id, control = tight),
  pwp_total = coxph(Surv(tstart, tstop, status) ~ gamma + age + strata(order), c2, cluster = id, control = tight),
  pwp_gap = coxph(Surv(gap, status) ~ gamma + age + strata(order), c2, cluster = id, control = tight),
  bladder2_andersen_gill = coxph(Surv(start, stop, event) ~ rx + number + size, b2, cluster = id, control = tight),
  bladder2_pwp_total = coxph(Surv(start, stop, event) ~ rx + number + size + strata(enum), b2, cluster = id, control = tight),
  bladder2_pwp_gap = coxph(Surv(gap, event) ~ rx + number + size + strata(enum), b2, cluster = id, control = tight),
  rhdnase_andersen_gill = coxph(Surv(tstart, tstop, infect) ~ trt + fev, rh, cluster = id, control = tight))
for (name in names(fits)) {
  put(name, "estimate", coef(fits[[name]])); put(name, "std_error", sqrt(diag(vcov(fits[[name]]))))
  put(name, "model_error", sqrt(diag(fits[[name]]$naive.var)))
}
save(do.call(rbind, found), "expected")
versions <- c(as.character(getRversion()), as.character(packageVersion("survival")))
save(data.frame(what = c("R", "survival"), version = versions), "versions")
