# Rubin's rules by hand over cohorts with drawn days, five imputations. Run from the root of the repository.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/imputed/"
d <- read.csv(paste0(folder, "cohorts.csv"))
d$event <- factor(d$event, c("censored", "sentence_reduction", "early_release"))
parts <- split(d, d$imputation); m <- length(parts)
act <- "sentence_reduction"
# Estimates and errors, one column per imputation; limits are symmetric on the scale `there`, with derivative `slope`.
pooled <- function(what, term, Q, E, there = identity, back = identity, slope = function(q) 1) {
  q <- rowMeans(Q); w <- rowMeans(E^2); b <- apply(Q, 1, var); t <- w + (1 + 1 / m) * b
  riv <- (1 + 1 / m) * b / w; df <- (m - 1) * (1 + 1 / riv)^2
  half <- qt(0.975, df) * sqrt(t) * abs(slope(q))
  out <- data.frame(what, term, estimate = q, std_error = sqrt(t), ci_low = back(there(q) - half),
    ci_high = back(there(q) + half), df = df, riv = riv, fmi = (riv + 2 / (df + 3)) / (riv + 1))
  flip <- out$ci_low > out$ci_high
  out[flip, c("ci_low", "ci_high")] <- out[flip, c("ci_high", "ci_low")]
  out
}
tight <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15)
cox <- lapply(parts, function(e) coxph(Surv(entry, exit, event == act) ~ x + score, e, control = tight))
found <- pooled("cox", c("x", "score"), sapply(cox, coef), sapply(cox, function(f) sqrt(diag(vcov(f)))))

times <- c(24, 36, 60)
loglog <- function(p) log(-log(p))
aj <- lapply(parts, function(e) { e$case <- seq_len(nrow(e)); survfit(Surv(entry, exit, event) ~ 1, e, id = case) })
F <- sapply(aj, function(s) summary(s, times = times)$pstate[, 2])
E <- sapply(aj, function(s) summary(s, times = times)$std.err[, 2])
found <- rbind(found, pooled("incidence", times, F, E, function(F) loglog(1 - F), function(e) -expm1(-exp(e)),
  function(F) 1 / ((1 - F) * log(1 - F))))
found <- rbind(found, pooled("incidence itself", times, F, E, loglog, function(e) exp(-exp(e)), function(F) 1 / (F * log(F))))

km <- lapply(parts, function(e) survfit(Surv(entry, exit, event != "censored") ~ 1, e))
S <- sapply(km, function(s) summary(s, times = times)$surv)
E <- sapply(km, function(s) summary(s, times = times)$std.err)
found <- rbind(found, pooled("survival", times, S, E, loglog, function(e) exp(-exp(e)), function(S) 1 / (S * log(S))))

n <- sapply(parts, function(e) tapply(e$event == act, e$x, sum)); T <- sapply(parts, function(e) tapply(e$exit - e$entry, e$x, sum))
found <- rbind(found, pooled("rates", c(0, 1), 1000 * n / T, 1000 * sqrt(n) / T, log, exp, function(r) 1 / r))

chi <- sapply(parts, function(e) {
  e$months <- round(e$exit - e$entry, 8)                     # since the sentence, where nobody enters late
  survdiff(Surv(months, event == act) ~ x, e)$chisq
})
r <- (1 + 1 / m) * var(sqrt(chi)); v <- (m - 1) * (1 + 1 / r)^2
D <- (mean(chi) - (m + 1) / (m - 1) * r) / (1 + r)
found <- rbind(found, data.frame(what = "logrank", term = "x", estimate = D, std_error = NA, ci_low = NA, ci_high = NA,
  df = v, riv = r, fmi = pf(D, 1, v, lower.tail = FALSE)))   # the p value stands in the last column
found[-(1:2)] <- lapply(found[-(1:2)], function(v) sprintf("%.15g", v))
write.csv(found, paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "survival"), version = c(as.character(getRversion()), as.character(packageVersion("survival"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
