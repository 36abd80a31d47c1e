# Reference values of pooled shares: run from the root of the repository, Rscript tests/reference/shares.R
# Writes tests/reference/shares/prior.csv, expected.csv and below.csv: beta-binomial likelihoods by optim, and Beta
# posteriors averaged over priors, flat in the mean and in r / (r + mean trials): moments by a dense grid, chances to be
# below a share by adaptive integration.
folder <- "tests/reference/shares/"; dir.create(folder, showWarnings = FALSE)
sets <- list(
  boards = data.frame(y = c(3, 10, 0, 25, 7, 1, 14, 2), n = c(20, 31, 6, 40, 45, 2, 60, 30)),
  equal = data.frame(y = c(5, 6, 4, 5, 10), n = c(20, 22, 19, 20, 41)),
  few = data.frame(y = c(0, 1, 3), n = c(4, 2, 3)))
num <- function(x) sprintf("%.15g", x)
loglik <- function(y, n, m, r) { l <- 0
  for (k in seq_along(y)) l <- l + if (all(is.infinite(r))) y[k] * log(m) + (n[k] - y[k]) * log(1 - m) else lbeta(y[k] + r * m, n[k] - y[k] + r * (1 - m)) - lbeta(r * m, r * (1 - m))
  l }
prior <- list(); out <- list(); cdf <- list()
for (s in names(sets)) {
  y <- sets[[s]]$y; n <- sets[[s]]$n; p <- sum(y) / sum(n); null <- loglik(y, n, p, Inf)
  f <- function(v) -loglik(y, n, plogis(v[1]), exp(v[2]))
  o <- optim(c(qlogis(p), log(10)), f, control = list(reltol = 1e-15, maxit = 5000))
  for (i in 1:5) o <- optim(o$par, f, method = if (i %% 2) "BFGS" else "Nelder-Mead", control = list(reltol = 1e-15, maxit = 5000))
  none <- -o$value <= null + 1e-5
  prior[[s]] <- data.frame(set = s, mean = num(if (none) p else plogis(o$par[1])), correlation = num(if (none) 0 else 1 / (1 + exp(o$par[2]))),
                           ratio = num(if (none) 0 else 2 * (-o$value - null)))
  # Over log odds of B from -16 to 16: what is beyond has less than 1e-6 of the weight
  step <- 0.05; x <- seq(-16, 16, step); v <- seq(-12, 12, 0.02)
  g <- expand.grid(v = v, x = x); m <- plogis(g$v); r <- mean(n) * exp(g$x)
  l <- loglik(y, n, m, r) + dlogis(g$v, log = TRUE) + dlogis(g$x, log = TRUE)
  w <- exp(l - max(l)); keep <- w > 1e-15 * sum(w); m <- m[keep]; r <- r[keep]; w <- w[keep] / sum(w[keep])
  for (k in seq_along(y)) {
    a <- y[k] + r * m; b <- n[k] - y[k] + r * (1 - m); mean <- sum(w * a / (a + b))
    sd <- sqrt(sum(w * (a * b / ((a + b)^2 * (a + b + 1)) + (a / (a + b) - mean)^2)))
    out[[length(out) + 1]] <- data.frame(set = s, group = k, y = y[k], n = n[k], estimate = num(mean), std_error = num(sd),
                                         shrinkage = num(sum(w * r / (r + n[k]))))
  }
  # Chances that the share of a group is below p, by adaptive integration, split where narrow priors have a step
  top <- max(l)
  over <- function(p, k) {
    inner <- function(x) { r <- mean(n) * exp(x)
      f <- function(v) { m <- plogis(v)
        z <- exp(loglik(y, n, m, r) - top + dlogis(v, log = TRUE))
        if (is.na(p)) z else z * pbeta(p, y[k] + r * m, n[k] - y[k] + r * (1 - m)) }
      cuts <- sort(unique(c(-20, qlogis(sum(y) / sum(n)), if (!is.na(p)) qlogis(p), 20)))
      sum(sapply(seq_along(cuts)[-1], function(i) integrate(f, cuts[i - 1], cuts[i], rel.tol = 1e-9, subdivisions = 1000, stop.on.error = FALSE)$value)) }
    integrate(function(x) sapply(x, function(u) dlogis(u) * inner(u)), -16, 16, rel.tol = 1e-8, subdivisions = 1000)$value
  }
  whole <- over(NA, 1)
  for (k in head(seq_along(y), 3)) for (p in c(0.1, 0.3, 0.6))
    cdf[[length(cdf) + 1]] <- data.frame(set = s, group = k, p = p, below = num(over(p, k) / whole))
}
write.csv(do.call(rbind, prior), paste0(folder, "prior.csv"), row.names = FALSE, quote = FALSE)
write.csv(do.call(rbind, out), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
write.csv(do.call(rbind, cdf), paste0(folder, "below.csv"), row.names = FALSE, quote = FALSE)
