# Gamma-Poisson pooling of rates, written out in R: the marginal likelihood by optim and by the roots of its score in
# the shape, its profiles, posteriors at the maximum and averaged over a dense grid of priors; exact tests and limits by
# poisson.test; p.adjust; and lme4's log-normal relative for comparison. Run from the root of the repository.
suppressPackageStartupMessages(library(lme4))
folder <- "tests/reference/pooling/"
dir.create(folder, showWarnings = FALSE)
set.seed(12)
sets <- list(
  provinces = { e <- round(rgamma(25, 0.9, 1 / 360) + 1, 1)
    data.frame(y = rpois(25, e * rgamma(25, 2, 2 / 0.008)), e = e) },
  equal = data.frame(y = c(4, 6, 5, 5, 7, 3, 0, 1), e = c(400, 610, 480, 520, 700, 330, 12.5, 90)),
  few = data.frame(y = c(30, 12, 3, 0, 41, 9), e = c(900, 1100, 240, 15, 2500, 130)),
  large = data.frame(y = c(60211, 48123, 90555, 30444, 71000), e = c(5.1e6, 5.2e6, 7e6, 2.9e6, 6.6e6)))
data <- do.call(rbind, lapply(names(sets), function(s) data.frame(set = s, group = sprintf("g%02d", seq_len(nrow(sets[[s]]))), sets[[s]])))
write.csv(data, paste0(folder, "data.csv"), row.names = FALSE, quote = FALSE)

loglik <- function(y, e, m, phi) if (phi == 0) sum(dpois(y, e * m, log = TRUE)) else sum(dnbinom(y, size = 1 / phi, mu = e * m, log = TRUE))
best_mean <- function(y, e, a) uniroot(function(u) sum((y - e * exp(u)) / (a + e * exp(u))), log(sum(y) / sum(e)) + c(-9, 9), tol = 1e-15)$root
slope <- function(y, e, a) { m <- exp(best_mean(y, e, a))
  sum(digamma(y + a) - digamma(a) + log(a / (a + e * m)) + 1 - (a + y) / (a + e * m)) }
fit <- function(y, e) {
  null <- loglik(y, e, sum(y) / sum(e), 0)
  o <- optim(c(log(sum(y) / sum(e)), 0), function(p) -loglik(y, e, exp(p[1]), exp(p[2])), method = "BFGS", control = list(reltol = 1e-15, maxit = 1000))
  if (-o$value < null + 1e-6) return(list(m = sum(y) / sum(e), phi = 0, loglik = null, null = null))
  a <- exp(uniroot(function(v) slope(y, e, exp(v)), -o$par[2] + c(-0.5, 0.5), tol = 1e-14)$root)
  stopifnot(abs(a * exp(o$par[2]) - 1) < 1e-3)
  m <- exp(best_mean(y, e, a))
  list(m = m, phi = 1 / a, loglik = loglik(y, e, m, 1 / a), null = null)
}
limits <- function(y, e, f, profile, at) {
  drop <- function(u) f$loglik - profile(exp(u)) - qchisq(0.95, 1) / 2
  u <- if (at > 0) log(at) else log(1e-6 / max(y)); up <- if (at > 0) 6 else 20
  high <- exp(uniroot(drop, u + c(0, up), tol = 1e-13)$root)
  low <- if (f$loglik - f$null <= qchisq(0.95, 1) / 2) 0 else exp(uniroot(drop, u + c(-12, 0), tol = 1e-13)$root)
  c(low, high)
}
averaged <- function(y, e) {   # flat in log m and in B = r / (r + mean(e)); trapezoids in log m and logit B
  logit <- seq(-32, 24, length.out = 800); rates <- mean(e) * exp(logit)
  top <- sapply(rates, function(r) log(sum(y) / sum(r * log1p(e / r))))   # the likelihood's maximum is a little below
  g <- expand.grid(u = seq(-7, 3, length.out = 800), i = seq_along(logit))
  m <- exp(top[g$i] + g$u); r <- rates[g$i]
  l <- dlogis(logit[g$i], log = TRUE)
  for (k in seq_along(y)) l <- l + dnbinom(y[k], size = r * m, mu = e[k] * m, log = TRUE)
  w <- exp(l - max(l)); keep <- w > 1e-14 * sum(w); m <- m[keep]; r <- r[keep]; w <- w[keep] / sum(w[keep])
  t(sapply(seq_along(y), function(k) {
    shape <- y[k] + r * m; rate <- e[k] + r; mean <- sum(w * shape / rate)
    q <- sapply(c(0.025, 0.975), function(p) exp(uniroot(function(v) sum(w * pgamma(exp(v), shape, rate)) - p, log(mean) + c(-8, 4), tol = 1e-11)$root))
    c(mean = mean, sd = sqrt(sum(w * (shape / rate^2 + (shape / rate - mean)^2))), low = q[1], high = q[2], share = sum(w * r / rate))
  }))
}
num <- function(x) sprintf("%.15g", x)
prior <- list(); groups <- list(); lognormal <- list()
for (s in names(sets)) {
  y <- sets[[s]]$y; e <- sets[[s]]$e; G <- length(y); f <- fit(y, e)
  over_m <- function(v) {  # the likelihood has other, lower maxima: the best point of a grid first
    loss <- function(u) -loglik(y, e, exp(u), v / exp(2 * u))
    grid <- log(f$m) + seq(-3, 6, 0.02)
    optimize(loss, grid[which.min(sapply(grid, loss))] + c(-0.02, 0.02), tol = 1e-11)$objective * -1
  }
  over_phi <- function(phi) loglik(y, e, exp(best_mean(y, e, 1 / phi)), phi)
  variance <- limits(y, e, f, over_m, f$phi * f$m^2); relative <- limits(y, e, f, over_phi, f$phi)
  lr <- 2 * (f$loglik - f$null)
  prior[[s]] <- data.frame(set = s, mean = num(f$m), variance = num(f$phi * f$m^2), variance_low = num(variance[1]), variance_high = num(variance[2]),
    cv = num(sqrt(f$phi)), cv_low = num(sqrt(relative[1])), cv_high = num(sqrt(relative[2])), lr = num(lr),
    p_value = num(if (f$phi == 0) 1 else 0.5 * pchisq(lr, 1, lower.tail = FALSE)), loglik = num(f$loglik))
  exact <- t(sapply(seq_len(G), function(k) poisson.test(y[k], e[k])$conf.int))
  test <- t(sapply(seq_len(G), function(k) { p <- poisson.test(c(y[k], sum(y) - y[k]), c(e[k], sum(e) - e[k]))
    c(p$estimate, p$conf.int, p$p.value) }))
  if (f$phi > 0) {
    shape <- y + 1 / f$phi; rate <- e + 1 / (f$phi * f$m)
    plug <- cbind(shape / rate, sqrt(shape) / rate, qgamma(0.025, shape, rate), qgamma(0.975, shape, rate), 1 / (f$phi * f$m) / rate)
  } else {
    pooled <- poisson.test(sum(y), sum(e))$conf.int
    plug <- cbind(rep(f$m, G), sqrt(sum(y)) / sum(e), pooled[1], pooled[2], 1)
  }
  mixed <- if (s == "large") matrix(NA, G, 5) else averaged(y, e)
  out <- data.frame(cbind(exact, plug, mixed, test, p.adjust(test[, 4], "holm"), p.adjust(test[, 4], "BH")))
  names(out) <- c("rate_low", "rate_high", "plug_estimate", "plug_error", "plug_low", "plug_high", "plug_shrinkage", "mean", "sd", "low", "high", "shrinkage",
    "ratio", "ratio_low", "ratio_high", "p_value", "p_holm", "p_bh")
  groups[[s]] <- data.frame(set = s, group = sprintf("g%02d", seq_len(G)), lapply(out, num))
  if (s %in% c("provinces", "few")) {
    d <- data.frame(y, e, g = factor(seq_len(G)))
    h <- glmer(y ~ 1 + offset(log(e)) + (1 | g), d, poisson, nAGQ = 25)
    sd <- attr(VarCorr(h)$g, "stddev")
    lognormal[[s]] <- data.frame(set = s, group = sprintf("g%02d", seq_len(G)), sd_log = num(sd), mean = num(exp(fixef(h) + sd^2 / 2)), cv = num(sqrt(exp(sd^2) - 1)),
      mode = num(exp(fixef(h) + ranef(h)$g[, 1])))
  }
}
write.csv(do.call(rbind, prior), paste0(folder, "prior.csv"), row.names = FALSE, quote = FALSE)
write.csv(do.call(rbind, groups), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
write.csv(do.call(rbind, lognormal), paste0(folder, "lognormal.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "lme4"), version = c(as.character(getRversion()), as.character(packageVersion("lme4"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
