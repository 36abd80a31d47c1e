# Rubin's rules worked out by hand over five imputations of a small sample. Run from the root of the repository.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/pool/"
dir.create(folder, showWarnings = FALSE)
set.seed(20261125)
d <- pbc[seq(1, 418, by = 4), c("id", "time", "status", "age", "bili", "chol")]
d$died <- as.integer(d$status == 2); d$months <- round(d$time / 30.4375, 2); d$logbili <- round(log(d$bili), 6)
known <- !is.na(d$chol)
model <- lm(log(chol) ~ logbili + age + died, d)
m <- 5
imputed <- do.call(rbind, lapply(1:m, function(i) {
  e <- d
  e$chol[!known] <- round(exp(predict(model, d[!known, ]) + rnorm(sum(!known), 0, summary(model)$sigma)))
  data.frame(imputation = i, e[, c("id", "months", "died", "age", "logbili", "chol")])
}))
imputed$age <- round(imputed$age, 4); imputed$chol <- imputed$chol / 100
write.csv(imputed, paste0(folder, "imputed.csv"), row.names = FALSE, quote = FALSE)
pooled <- function(kind, fits, dfcom) {
  Q <- sapply(fits, coef); U <- sapply(fits, function(f) diag(vcov(f)))
  qbar <- rowMeans(Q); ubar <- rowMeans(U); b <- apply(Q, 1, var)
  t <- ubar + (1 + 1 / m) * b
  riv <- (1 + 1 / m) * b / ubar; lambda <- (1 + 1 / m) * b / t
  old <- (m - 1) / lambda^2
  observed <- if (is.finite(dfcom)) (dfcom + 1) / (dfcom + 3) * dfcom * (1 - lambda) else Inf
  df <- if (is.finite(dfcom)) old * observed / (old + observed) else old
  half <- qt(0.975, df) * sqrt(t)
  fmi <- (riv + 2 / (old + 3)) / (riv + 1)
  out <- data.frame(kind = kind, term = names(qbar), estimate = qbar, std_error = sqrt(t), statistic = qbar / sqrt(t),
    p_value = 2 * pt(-abs(qbar / sqrt(t)), df), ci_low = qbar - half, ci_high = qbar + half, df = df, riv = riv, fmi = fmi)
  out[-(1:2)] <- lapply(out[-(1:2)], function(v) sprintf("%.15g", v))
  out
}
parts <- split(imputed, imputed$imputation)
tight <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15)
cox <- lapply(parts, function(e) coxph(Surv(months, died) ~ age + logbili + chol, e, control = tight))
binary <- lapply(parts, function(e) glm(died ~ age + logbili + chol, binomial, e,
  control = glm.control(epsilon = 1e-14, maxit = 100)))
events <- cox[[1]]$nevent
found <- rbind(pooled("cox", cox, Inf), pooled("cox (events - p)", cox, events - 3), pooled("occurrence", binary, Inf))
found$term[found$term == "(Intercept)"] <- "constant"
write.csv(found, paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "survival"), version = c(as.character(getRversion()), as.character(packageVersion("survival"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
