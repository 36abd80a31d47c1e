# Reference values of survival and incidence curves from R's survival package.
# Rscript tests/reference/curves.R, from the folder of the project. The data are simulated here, with ties of all kinds.
library(survival)
set.seed(20170527)
n <- 160
d <- data.frame(
  entry = floor(runif(n, 0, 12)),
  group = sample(c("a", "b"), n, TRUE),
  weight = sample(1:3, n, TRUE)
)
d$exit <- d$entry + ceiling(rexp(n, 0.08))
d$end <- sample(c("censored", "act", "release", "death"), n, TRUE, c(0.4, 0.3, 0.2, 0.1))
write.csv(d, "tests/reference/curves_data.csv", row.names = FALSE, quote = FALSE)

digits <- 15
rows <- list()
add <- function(what, time, group, outcome, at_risk, estimate, std_error, low, high) {
  rows[[length(rows) + 1]] <<- data.frame(what, time, group, outcome, at_risk,
    estimate = formatC(estimate, digits = digits), std_error = formatC(std_error, digits = digits),
    low = formatC(low, digits = digits), high = formatC(high, digits = digits))
}
d$any <- as.numeric(d$end != "censored")
for (type in c("log", "plain", "log-log")) {
  for (w in c("none", "weight")) {
    f <- survfit(Surv(entry, exit, any) ~ group, d, conf.type = type,
      weights = if (w == "weight") d$weight else rep(1, n), robust = FALSE)
    s <- summary(f)
    add(paste("survival", type, w), s$time, sub("group=", "", s$strata), "any", s$n.risk, s$surv, s$std.err, s$lower, s$upper)
  }
}
d$id <- seq_len(n)
d$state <- factor(d$end, c("censored", "act", "release", "death"))
for (what in c("incidence", "incidence without delayed entry")) {
  f <- if (what == "incidence") survfit(Surv(entry, exit, state) ~ group, d, id = id) else survfit(Surv(exit, state) ~ group, d, id = id)
  s <- summary(f)
  for (k in 2:4) {
    add(what, s$time, sub("group=", "", s$strata), f$states[k], s$n.risk[, 1], s$pstate[, k], s$std.err[, k],
      s$lower[, k], s$upper[, k])
  }
}
out <- do.call(rbind, rows)
out$r <- paste(R.version$major, R.version$minor, sep = ".")
out$survival <- as.character(packageVersion("survival"))
write.csv(out, "tests/reference/curves.csv", row.names = FALSE, quote = FALSE)

