# Reference values of the occurrence models: run from the root of the repository, Rscript tests/reference/occurrence.R
# glm gives the fits; cluster variance, average effects, Firth's penalty and the Laplace approximation are written out.
suppressPackageStartupMessages(library(splines))
folder <- "tests/reference/occurrence/"
found <- list()
put <- function(fit, quantity, value) {
  value <- as.numeric(value)
  found[[length(found) + 1]] <<- data.frame(fit = fit, quantity = quantity, position = seq_along(value) - 1,
                                            value = sprintf("%.15g", value))
}
d <- read.csv(paste0(folder, "simulated.csv")); d$group <- factor(d$group)
d$band <- cut(d$time, c(-Inf, 12, 30, Inf), right = FALSE)
tight <- glm.control(epsilon = 1e-15, maxit = 200)

cluster_variance <- function(fit, X, y, cluster) {
  eta <- fit$linear.predictors; mu <- fit$fitted.values; slope <- fit$family$mu.eta(eta)
  score <- X * (fit$prior.weights * slope / (mu * (1 - mu)) * (y - mu))
  S <- rowsum(score, cluster); G <- nrow(S); bread <- summary(fit)$cov.unscaled
  bread %*% crossprod(S) %*% bread * G / (G - 1)
}
average <- function(beta, X, family) mean(family$linkinv(drop(X %*% beta)))
gradient <- function(f, b, h = 1e-5) sapply(seq_along(b), function(j) { u <- l <- b; u[j] <- b[j] + h; l[j] <- b[j] - h; (f(u) - f(l)) / (2 * h) })

for (link in c("cloglog", "logit")) {
  name <- paste0("bands_", link); family <- binomial(link)
  fit <- glm(act ~ x + group + late + band + offset(log(months / 3)), family, d, weights = weight, control = tight)
  b <- coef(fit); X <- model.matrix(fit); V <- cluster_variance(fit, X, d$act, d$cluster)
  put(name, "coefficient", b); put(name, "model_error", sqrt(diag(summary(fit)$cov.unscaled)))
  put(name, "cluster_error", sqrt(diag(V))); put(name, "loglik", sum(fit$prior.weights * dbinom(d$act, 1, fitted(fit), log = TRUE)))
  w <- d$weight / sum(d$weight)
  set <- function(column, value) { Z <- X; Z[, c("groupb", "groupc")] <- 0; if (value != "a") Z[, paste0("group", value)] <- 1; Z }
  mean_at <- function(beta, Z) sum(w * family$linkinv(drop(Z %*% beta)))
  for (level in c("b", "c")) {
    f <- function(beta) mean_at(beta, set("group", level)) - mean_at(beta, set("group", "a"))
    g <- gradient(f, b)
    put(name, paste0("difference_", level), c(f(b), sqrt(drop(t(g) %*% V %*% g))))
    f <- function(beta) log(mean_at(beta, set("group", level)) / mean_at(beta, set("group", "a")))
    g <- gradient(f, b)
    put(name, paste0("ratio_", level), c(exp(f(b)), sqrt(drop(t(g) %*% V %*% g))))
  }
  f <- function(beta) sum(w * family$mu.eta(drop(X %*% beta))) * beta[2]
  g <- gradient(f, b)
  put(name, "slope_x", c(f(b), sqrt(drop(t(g) %*% V %*% g))))
  # Probability of an act in the first eight quarters, everybody with group b.
  first <- !duplicated(d$case)
  within <- function(beta) {
    Z <- set("group", "b")[first, ]; kept <- rep(1, sum(first))
    for (month in 3 * (0:7)) {
      Z[, c("band[12,30)", "band[30, Inf)")] <- 0
      if (month >= 30) Z[, "band[30, Inf)"] <- 1 else if (month >= 12) Z[, "band[12,30)"] <- 1
      kept <- kept * (1 - family$linkinv(drop(Z %*% beta)))
    }
    sum(w[first] / sum(w[first]) * (1 - kept))
  }
  g <- gradient(within, b)
  put(name, "within_24_b", c(within(b), sqrt(drop(t(g) %*% V %*% g))))
}

# A natural spline with the same knots spans the same hazards.
knots <- quantile(d$time[d$act == 1], c(0.1, 0.5, 0.9))
fit <- glm(act ~ x + group + ns(time, knots = knots[2], Boundary.knots = knots[c(1, 3)]) + offset(log(months / 3)),
           binomial("cloglog"), d, control = tight)
put("spline", "coefficient", coef(fit)[2:4]); put("spline", "loglik", logLik(fit))
put("spline", "model_error", sqrt(diag(vcov(fit)))[2:4])

# Firth's penalty by direct maximisation of the penalised likelihood, profile limits by root finding.
r <- read.csv(paste0(folder, "rare.csv")); r$group <- factor(r$group)
X <- model.matrix(~ x + group, r); y <- r$act; off <- log(r$months / 3)
for (link in c("cloglog", "logit")) {
  family <- binomial(link)
  penalised <- function(b) {
    eta <- drop(X %*% b) + off; mu <- family$linkinv(eta); w <- family$mu.eta(eta)^2 / (mu * (1 - mu))
    sum(dbinom(y, 1, mu, log = TRUE)) + determinant(crossprod(X * sqrt(w)))$modulus / 2
  }
  climb <- function(start, fixed = NULL, value = NULL) {
    free <- setdiff(seq_along(start), fixed)
    f <- function(v) { b <- start; b[free] <- v; if (length(fixed)) b[fixed] <- value; -penalised(b) }
    g <- function(v) sapply(seq_along(v), function(j) { u <- l <- v; h <- 1e-5; u[j] <- v[j] + h; l[j] <- v[j] - h; (f(u) - f(l)) / (2 * h) })
    o <- optim(start[free], f, g, method = "BFGS", control = list(reltol = 1e-15, maxit = 1000))
    o <- nlm(f, o$par, gradtol = 1e-10, steptol = 1e-12, iterlim = 500)
    b <- start; b[free] <- o$estimate; if (length(fixed)) b[fixed] <- value
    list(b = b, top = -o$minimum)
  }
  start <- c(-3, 0, 0, 0); top <- climb(start); name <- paste0("firth_", link)
  put(name, "coefficient", top$b); put(name, "objective", top$top)
  drop_ <- qchisq(0.95, 1) / 2
  for (j in 2:4) {
    gap <- function(v) climb(top$b, j, v)$top - (top$top - drop_)
    low <- uniroot(gap, c(top$b[j] - 9, top$b[j]), tol = 1e-9)$root; high <- uniroot(gap, c(top$b[j], top$b[j] + 6), tol = 1e-9)$root
    put(name, paste0("limits_", j - 1), c(low, high))
    put(name, paste0("root_", j - 1), sign(top$b[j]) * sqrt(2 * (top$top - climb(top$b, j, 0)$top)))
  }
}

# Effects of clusters shrunken by their spread: Laplace approximation with joint maximisation.
X <- model.matrix(~ x + group, d); Z <- model.matrix(~ 0 + factor(cluster), d); y <- d$act; off <- log(d$months / 3)
joint <- function(s) {
  A <- cbind(X, Z); ridge <- c(rep(0, ncol(X)), rep(1 / s^2, ncol(Z))); b <- c(-3, rep(0, ncol(A) - 1))
  for (step in 1:100) {
    eta <- drop(A %*% b) + off; mu <- 1 - exp(-exp(eta)); m <- exp(eta - exp(eta)); w <- m^2 / (mu * (1 - mu))
    delta <- solve(crossprod(A * sqrt(w)) + diag(ridge), drop(crossprod(A, m / (mu * (1 - mu)) * (y - mu))) - ridge * b)
    b <- b + delta; if (max(abs(delta)) < 1e-13) break
  }
  eta <- drop(A %*% b) + off; rate <- exp(eta); mu <- 1 - exp(-rate)
  second <- ifelse(y == 1, -(rate * exp(-rate) / mu) * (1 - rate - rate * exp(-rate) / mu), rate)   # minus second derivative
  H <- crossprod(Z, Z * second)
  value <- sum(ifelse(y == 1, log(mu), -rate)) - sum(ridge * b^2) / 2 - determinant(diag(ncol(Z)) + H * s^2)$modulus / 2
  list(value = as.numeric(value), b = b)
}
best <- optimize(function(l) joint(exp(l))$value, c(-3, 1), maximum = TRUE, tol = 1e-9)
put("shrunken", "sigma", exp(best$maximum)); put("shrunken", "loglik", best$objective)
put("shrunken", "coefficient", joint(exp(best$maximum))$b[1:4]); put("shrunken", "group", joint(exp(best$maximum))$b[-(1:4)])

write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "splines"), version = c(as.character(getRversion()), as.character(packageVersion("splines"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
