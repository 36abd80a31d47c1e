# Reference values of robust errors, quantiles and restricted means: run from the root of the repository,
# Rscript tests/reference/curves_more.R (after comparison.R, whose data it reads). In every data set the cluster is
# (row - 1) %/% 3 and the weight 1 + (row %% 3) / 2, rows counted from 1.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/"
text <- c(group = "character", stratum = "character")
all <- do.call(rbind, lapply(c("comparison_data.csv", "comparison_rdata.csv"), function(f) read.csv(paste0(folder, f), colClasses = text)))
rows <- list()
put <- function(data, what, group, outcome, at, estimate, std_error, low = NA, high = NA) {
  number <- function(x) ifelse(is.na(x), "", sprintf("%.15g", x))
  rows[[length(rows) + 1]] <<- data.frame(data, what, group, outcome, at = number(at), estimate = number(estimate),
    std_error = number(std_error), low = number(low), high = number(high))
}
thin <- function(s) seq(1, length(s$time), length.out = min(40, length(s$time)))
kaplan <- function(name, d, what, w = 1, cluster = d$id) {
  d$ww <- w; d$cc <- cluster
  s <- summary(survfit(Surv(entry, exit, event == 1) ~ group, d, conf.type = "log-log", weights = ww, cluster = cc, robust = TRUE))
  i <- thin(s)
  put(name, what, sub("group=", "", s$strata)[i], "1", s$time[i], s$surv[i], s$std.err[i], s$lower[i], s$upper[i])
}
aalen <- function(name, d, what, until, w = 1, cluster = d$id) {
  # survfit leaves cluster= out of account beside id=, so the influence of cases is summed here
  d$ww <- w
  d$end <- factor(d$event, 0:max(d$event))
  for (g in unique(d$group)) {
    own <- d[d$group == g, ]
    f <- survfit(Surv(entry, exit, end) ~ 1, own, id = id, weights = ww, influence = TRUE)
    i <- which(rowSums(f$n.event[, -1, drop = FALSE]) > 0)
    i <- i[seq(1, length(i), length.out = min(12, length(i)))]
    c <- cluster[d$group == g]
    for (k in 2:length(f$states)) {
      influence <- f$influence.pstate[, i + 1, k] * own$ww  # the first is at time 0
      put(name, what, g, f$states[k], f$time[i], f$pstate[i, k], sqrt(colSums(rowsum(influence, c)^2)))
      width <- diff(pmin(c(0, f$time, Inf), until))
      lost <- as.matrix(f$influence.pstate[, , k] * own$ww) %*% width
      put(name, sub("incidence", "months lost", what), g, f$states[k], until, sum(c(0, f$pstate[, k]) * width), sqrt(sum(rowsum(lost, c)^2)))
      if (!anyDuplicated(c)) stopifnot(all.equal(sqrt(colSums(influence^2)), f$std.err[i, k]))
    }
  }
}
for (name in unique(all$data)) {
  d <- all[all$data == name & all$exit > 0, ]
  n <- nrow(d)
  d$id <- seq_len(n); d$c <- (seq_len(n) - 1) %/% 3; d$w <- 1 + (seq_len(n) %% 3) / 2
  kaplan(name, d, "survival robust")
  kaplan(name, d, "survival cluster", cluster = d$c)
  kaplan(name, d, "survival weights", d$w)
  kaplan(name, d, "survival cluster weights", d$w, cluster = d$c)
  fit <- survfit(Surv(entry, exit, event == 1) ~ group, d, conf.type = "log-log", robust = FALSE)
  group <- sub("group=", "", names(fit$strata))
  for (p in c(0.1, 0.25, 0.5, 0.75)) {
    q <- quantile(fit, p)
    put(name, "quantile", group, "1", p, c(q$quantile), NA, c(q$lower), c(q$upper))
  }
  for (share in c(0.3, 0.9)) {
    until <- share * min(tapply(d$exit, d$group, max))
    m <- summary(fit, rmean = until)$table
    put(name, "restricted mean", group, "1", until, m[, "rmean"], m[, "se(rmean)"])
  }
  if (max(d$event) > 1) {
    aalen(name, d, "incidence robust", until)
    aalen(name, d, "incidence cluster", until, cluster = d$c)
    aalen(name, d, "incidence weights", until, d$w)
    aalen(name, d, "incidence cluster weights", until, d$w, cluster = d$c)
  }
}
out <- do.call(rbind, rows)
out$r <- as.character(getRversion())
out$survival <- as.character(packageVersion("survival"))
write.csv(out, paste0(folder, "curves_more.csv"), row.names = FALSE, quote = FALSE)
