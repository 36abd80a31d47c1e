# Reference values of the Cox fits: run from the root of the repository, Rscript tests/reference/cox.R
# Writes tests/reference/cox/expected.csv (fit, quantity, position, value) and versions.csv.
suppressPackageStartupMessages(library(survival))
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-14))
folder <- "tests/reference/cox/"
found <- list()
put <- function(fit, quantity, value) {
  value <- as.numeric(value)
  found[[length(found) + 1]] <<- data.frame(fit = fit, quantity = quantity, position = seq_along(value) - 1,
                                            value = sprintf("%.15g", value))
}
few <- function(m) { m <- as.matrix(m); m[seq_len(min(20, nrow(m))), , drop = FALSE] }

everything <- function(name, formula, data, ties = "efron", cluster = NULL, weights = NULL, newdata = NULL) {
  environment(formula) <- environment(); data$.row <- seq_len(nrow(data))
  data$.w <- if (is.null(weights)) 1 else data[[weights]]
  fit <- coxph(formula, data, weights = .w, ties = ties, control = tight, robust = FALSE, x = TRUE, y = TRUE)
  put(name, "coef", coef(fit)); put(name, "var", fit$var); put(name, "loglik", fit$loglik)
  put(name, "score_test", fit$score); put(name, "wald_test", fit$wald.test)
  rob <- coxph(formula, data, weights = .w, ties = ties, control = tight, cluster = .row)
  put(name, "robust", rob$var)
  if (!is.null(cluster)) {
    data$.c <- data[[cluster]]
    clu <- coxph(formula, data, weights = .w, ties = ties, control = tight, cluster = .c, x = TRUE, y = TRUE)
    put(name, "cluster", clu$var); put(name, "cluster_wald", clu$wald.test)
    con <- concordance(clu); put(name, "cluster_concordance", c(con$concordance, sqrt(con$var)))
  }
  for (kind in c("martingale", "deviance", "score", "dfbeta")) {
    r <- as.matrix(resid(fit, kind)); put(name, kind, few(r)); put(name, paste0(kind, "_squares"), colSums(r^2))
  }
  for (kind in c("schoenfeld", "scaledsch")) {
    r <- as.matrix(resid(fit, kind)); put(name, paste0(kind, "_squares"), colSums(r^2))
    put(name, paste0(kind, "_sum"), colSums(r * seq_len(nrow(r))))
  }
  for (transform in c("km", "identity", "rank", "log")) {
    z <- cox.zph(fit, transform)$table; put(name, paste0("zph_", transform), z[, 1]); put(name, "zph_df", z[, 2])
  }
  con <- concordance(fit); put(name, "concordance", c(con$concordance, sqrt(con$var)))
  b <- basehaz(fit, centered = FALSE); put(name, "baseline", b$hazard[b$hazard > 0])
  if (!is.null(newdata)) {
    s <- summary(survfit(fit, newdata = newdata), times = attr(newdata, "times"), extend = TRUE)
    put(name, "survival", s$surv); put(name, "survival_error", s$std.err)
    p <- predict(fit, newdata = newdata, se.fit = TRUE, reference = "zero")
    put(name, "linear", p$fit); put(name, "linear_error", p$se.fit)
  }
  invisible(fit)
}
at <- function(newdata, times) { attr(newdata, "times") <- times; newdata }
read <- function(name) read.csv(paste0(folder, name, ".csv"))

rossi <- read("rossi")
new <- at(data.frame(fin = c(0, 1), age = c(20, 30), prio = c(1, 5)), c(5, 20, 50))
for (t in c("efron", "breslow")) everything(paste0("rossi_", t), Surv(week, arrest) ~ fin + age + prio, rossi, t, newdata = new)
heart <- read("heart")
new <- at(data.frame(age = c(-5, 3), year = c(1, 4), surgery = c(0, 1), transplant = c(0, 1)), c(10, 100, 500))
for (t in c("efron", "breslow")) everything(paste0("heart_", t), Surv(start, stop, event) ~ age + year + surgery + transplant, heart, t, cluster = "id", newdata = new)
everything("larynx", Surv(time, death) ~ age + Stage_II + Stage_III + Stage_IV, read("larynx"))
everything("leukemia", Surv(t, status) ~ logWBC + Rx + strata(sex), read("leukemia"))
lung <- read("lung")
used <- lung[complete.cases(lung[, c("inst", "time", "status", "age", "sex", "ph_ecog")]), ]
everything("lung", Surv(time, status) ~ age + sex + ph_ecog, used, cluster = "inst")
everything("macs", Surv(W, T, D) ~ AIDSY, read("macs"), newdata = at(data.frame(AIDSY = c(1989, 1992)), c(3, 5, 7)))
gbsg2 <- read("gbsg2")
everything("gbsg2", Surv(time, cens) ~ horTh + age + tgrade + pnodes + strata(menostat), gbsg2, cluster = "tsize")
everything("recur", Surv(TIME0, TIME1, CENSOR) ~ AGE + TREAT, read("recur"), cluster = "ID")
ties <- read("ties")
for (t in c("efron", "breslow")) everything(paste0("ties_", t), Surv(entry, exit, event) ~ x + strata(s), ties, t)
mixed <- read("mixed")
for (t in c("efron", "breslow")) everything(paste0("mixed_", t), Surv(entry, exit, event) ~ x + g + offset(o) + strata(s), mixed, t, cluster = "c", weights = "w")
new <- at(data.frame(x = c(-0.5, 1), g = c("a", "c")), c(6, 12, 20))
everything("mixed_plain", Surv(entry, exit, event) ~ x + g, mixed, cluster = "c", weights = "w", newdata = new)
delayed <- read("delayed")
everything("delayed", Surv(entry, exit, event) ~ x + z, delayed, cluster = "group", newdata = at(data.frame(x = 0:1, z = c(0, 1)), c(5, 10, 20)))

# two-way clusters: the sum of both less that of the intersections
data <- mixed; v <- list()
data$both <- interaction(data$c, data$c2, drop = TRUE)
for (k in c("c", "c2", "both")) { data$.k <- data[[k]]; v[[k]] <- coxph(Surv(entry, exit, event) ~ x + g, data, control = tight, cluster = .k)$var }
put("mixed_two_way", "cluster", v$c + v$c2 - v$both)

# exact (discrete) likelihood and ridge
for (name in c("leukemia", "ties")) {
  fit <- if (name == "leukemia") coxph(Surv(t, status) ~ logWBC + Rx + strata(sex), read("leukemia"), ties = "exact", control = tight)
         else coxph(Surv(entry, exit, event) ~ x + strata(s), ties, ties = "exact", control = tight)
  put(paste0(name, "_exact"), "coef", coef(fit)); put(paste0(name, "_exact"), "var", fit$var); put(paste0(name, "_exact"), "loglik", fit$loglik)
}
fit <- coxph(Surv(week, arrest) ~ fin + age + prio, rossi, ties = "exact", control = tight)
put("rossi_exact", "coef", coef(fit)); put("rossi_exact", "var", fit$var); put("rossi_exact", "loglik", fit$loglik)
fit <- coxph(Surv(week, arrest) ~ ridge(fin, age, prio, theta = 2, scale = FALSE), rossi, control = tight)
put("rossi_ridge", "coef", coef(fit)); put("rossi_ridge", "var", fit$var); put("rossi_ridge", "loglik", fit$loglik)

fit <- coxph(Surv(week, arrest) ~ ridge(fin, theta = 2, scale = FALSE) + age + ridge(prio, theta = 50, scale = FALSE), rossi, control = tight)
put("rossi_ridges", "coef", coef(fit)); put("rossi_ridges", "var", fit$var); put("rossi_ridges", "loglik", fit$loglik)
# without weights: under them penalised fits of coxph differ from plain ones even as theta goes to zero
fit <- coxph(Surv(entry, exit, event) ~ x + ridge(gb, gc, theta = 3, scale = FALSE) + strata(s), transform(mixed, gb = 1 * (g == "b"), gc = 1 * (g == "c")), control = tight)
put("mixed_ridges", "coef", coef(fit)); put("mixed_ridges", "var", fit$var); put("mixed_ridges", "loglik", fit$loglik)

# Firth: R as the oracle of the likelihood and information, its penalised form maximised here by optim
firth <- function(name, formula, data, free = NULL) {
  at <- function(b) suppressWarnings(coxph(formula, data, init = b, control = coxph.control(iter.max = 0)))
  value <- function(b) { f <- at(b); f$loglik[1] - 0.5 * determinant(f$var)$modulus[1] }
  p <- length(suppressWarnings(coxph(formula, data))$coefficients)
  best <- list(par = rep(0, p))
  if (p > 1) for (i in 1:6) best <- optim(best$par, value, control = list(fnscale = -1, reltol = 1e-16, maxit = 20000))
  # then Newton's method with differences of fourth order
  slope <- function(b, j, h = 1e-3) {
    e <- replace(rep(0, p), j, h)
    (8 * (value(b + e) - value(b - e)) - (value(b + 2 * e) - value(b - 2 * e))) / (12 * h)
  }
  gradient <- function(b) sapply(1:p, function(j) slope(b, j))
  for (i in 1:8) {
    H <- sapply(1:p, function(j) { e <- replace(rep(0, p), j, 1e-3); (gradient(best$par + e) - gradient(best$par - e)) / 2e-3 })
    best$par <- best$par - solve(matrix(H, p), gradient(best$par))
  }
  best$value <- value(best$par)
  put(name, "coef", best$par); put(name, "loglik", c(value(rep(0, p)), best$value)); put(name, "var", at(best$par)$var)
  limit <- function(j, side) {
    inner <- function(b) {
      if (p == 1) return(value(b))
      o <- optim(best$par[-j], function(g) value(append(g, b, j - 1)), method = "BFGS", control = list(fnscale = -1, reltol = 1e-15, ndeps = rep(1e-4, p - 1)))
      o$value
    }
    gap <- function(b) inner(b) - best$value + qchisq(0.95, 1) / 2
    se <- sqrt(at(best$par)$var[j, j])
    uniroot(gap, sort(best$par[j] + side * c(0.2, 12) * se), tol = 1e-9)$root
  }
  put(name, "limits", c(sapply(1:p, limit, side = -1), sapply(1:p, limit, side = 1)))
}
firth("ties_firth", Surv(entry, exit, event) ~ x + strata(s), ties)
firth("leukemia_firth", Surv(t, status) ~ logWBC + Rx, read("leukemia"))
apart <- data.frame(t = c(2, 3, 3, 5, 6, 8, 9, 11, 12, 15), d = c(1, 1, 1, 0, 1, 0, 1, 0, 0, 0), x = c(1, 1, 1, 1, 1, 0, 1, 0, 0, 0))
firth("apart_firth", Surv(t, d) ~ x, apart)

out <- do.call(rbind, found)
write.csv(out, paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
writeLines(c("what,version", paste0("R,", getRversion()), paste0("survival,", packageVersion("survival"))), paste0(folder, "versions.csv"))
