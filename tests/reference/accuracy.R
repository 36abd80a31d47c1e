# Reference values of Brier scores and areas under the curve: run from the root of the repository,
# Rscript tests/reference/accuracy.R
# Writes tests/reference/prediction/accuracy.csv (fit, quantity, position, value). Computed here from survfit of the
# censoring distribution and double loops; errors by differentiating numerically in the weight of each row. Without
# weights the Brier scores are held against survival:::brier.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/prediction/"
read <- function(name) read.csv(paste0("tests/reference/cox/", name, ".csv"))
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-14))
found <- list()
put <- function(fit, quantity, value) {
  value <- as.numeric(value)
  found[[length(found) + 1]] <<- data.frame(fit = fit, quantity = quantity, position = seq_along(value) - 1,
                                            value = sprintf("%.15g", value))
}
# end: 0 censored, 1 the event, 2 another end. Censorings are put after events at the same time.
measures <- function(w, time, end, p, t) {
  later <- time + (end == 0) * min(diff(sort(unique(time)))) / 2
  G <- survfit(Surv(later, end == 0) ~ 1, weights = w)
  surv <- stepfun(G$time, c(1, G$surv))
  had <- time <= t & end == 1; other <- time <= t & end == 2; free <- later > t
  iw <- ifelse(had | other, 1 / surv(later), ifelse(free, 1 / surv(t), 0))
  brier <- sum(w * iw * (had - p)^2) / sum(w)
  cases <- which(had); controls <- which(free | other)
  better <- outer(p[cases], p[controls], ">") + outer(p[cases], p[controls], "==") / 2
  pair <- outer((w * iw)[cases], (w * iw)[controls])
  share <- sum(w * iw * had) / sum(w)
  c(brier = brier, auc = sum(better * pair) / sum(pair), null = share * (1 - share))
}
all_of <- function(name, time, end, ps, times, w = rep(1, length(time))) {
  values <- function(w) c(sapply(ps, function(p) sapply(seq_along(times), function(k) measures(w, time, end, p[, k], times[k]))))
  put(name, "estimate", values(w))
  h <- 1e-4
  slope <- sapply(seq_along(w), function(i) {
    e <- replace(0 * w, i, h); (values(w + e) - values(w - e)) / (2 * h) * w[i]
  })
  put(name, "covariance", slope %*% t(slope))
}
lung <- read("lung")
d <- lung[complete.cases(lung[, c("time", "status", "age", "sex", "ph_ecog")]), ][1:90, ]
times <- c(200, 310, 500)
chances <- function(fit) 1 - t(summary(survfit(fit, newdata = d), times = times)$surv)
one <- coxph(Surv(time, status) ~ age + sex + ph_ecog, d, control = tight, x = TRUE)
two <- coxph(Surv(time, status) ~ age, d, control = tight)
all_of("lung", d$time, d$status, list(chances(one), chances(two)), times)
b <- survival:::brier(one, times)$brier
stopifnot(all.equal(unname(b[, "Model"]), sapply(1:3, function(k) unname(measures(rep(1, 90), d$time, d$status, chances(one)[, k], times[k])["brier"]))))
all_of("lung weights", d$time, d$status, list(chances(one)), times, w = d$age / 60)
# Tied months with another end, and chances in columns
set.seed(4); n <- 70
e <- data.frame(time = sample(1:12, n, TRUE), end = sample(0:2, n, TRUE, c(0.4, 0.4, 0.2)), p4 = round(runif(n), 2), p8 = round(runif(n), 1))
write.csv(e, paste0(folder, "accuracy_data.csv"), row.names = FALSE, quote = FALSE)
all_of("ends", e$time, e$end, list(as.matrix(e[, c("p4", "p8")])), c(4, 8))
write.csv(do.call(rbind, found), paste0(folder, "accuracy.csv"), row.names = FALSE, quote = FALSE)
