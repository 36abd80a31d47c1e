# Sizes of acts: glm(Gamma(log)), lm(log()), glm(quasibinomial), cluster variances of sandwich. Run from the root of the repository.
suppressPackageStartupMessages(library(sandwich))
folder <- "tests/reference/magnitude/"
dir.create(folder, showWarnings = FALSE)
set.seed(20170527)
n <- 150
d <- data.frame(person = sample(60, n, TRUE), x = round(rnorm(n), 3), group = sample(c("a", "b", "c"), n, TRUE, c(0.5, 0.3, 0.2)))
mean <- exp(2.4 + 0.15 * d$x + c(a = 0, b = 0.3, c = -0.2)[d$group] + 0.2 * rnorm(60)[d$person])
d$months <- round(rgamma(n, 4, 4 / mean), 2) + 0.5
d$remaining <- round(d$months / rbeta(n, 2, 5) + 0.01, 2)
d$weight <- sample(3, n, TRUE)
write.csv(d, paste0(folder, "simulated.csv"), row.names = FALSE, quote = FALSE)
d <- read.csv(paste0(folder, "simulated.csv")); d$group <- factor(d$group); d$share <- d$months / d$remaining
new <- data.frame(x = c(-1, 0.5), group = factor(c("a", "c"), levels = levels(d$group)))
found <- list()
put <- function(fit, quantity, value) found[[length(found) + 1]] <<-
  data.frame(fit = fit, quantity = quantity, value = sprintf("%.15g", as.numeric(value)))
gradient <- function(f, b) sapply(seq_along(b), function(j) { h <- 1e-5 * max(1, abs(b[j])); u <- l <- b; u[j] <- b[j] + h; l[j] <- b[j] - h; (f(u) - f(l)) / (2 * h) })
tight <- glm.control(epsilon = 1e-300, maxit = 200)  # until the deviance does not change at all
models <- list(
  gamma = function(w) glm(months ~ x + group, Gamma("log"), d, weights = w, control = tight),
  lognormal = function(w) lm(log(months) ~ x + group, d, weights = w),
  fractional = function(w) glm(share ~ x + group, quasibinomial, d, weights = w, control = tight))
for (name in names(models)) for (weighted in c(FALSE, TRUE)) {
  w <- if (weighted) d$weight else rep(1, n)
  d$w <- w
  fit <- models[[name]](w)
  label <- paste0(name, if (weighted) "_weighted")
  V <- vcovCL(fit, d$person, type = "HC0", cadjust = TRUE)
  b <- coef(fit); X <- model.matrix(~ x + group, d); Z <- model.matrix(~ x + group, new)
  put(label, "coefficient", b); put(label, "cluster_error", sqrt(diag(V)))
  put(label, "row_error", sqrt(diag(vcovCL(fit, seq_len(n), type = "HC0", cadjust = TRUE))))
  if (!weighted) {
    put(label, "model_error", sqrt(diag(vcov(fit))))
    put(label, "dispersion", if (name == "lognormal") summary(fit)$sigma^2 else summary(fit)$dispersion)
    if (name == "gamma") { put(label, "loglik", logLik(fit)); put(label, "aic", AIC(fit)) }
    if (name == "lognormal") { put(label, "loglik", logLik(fit) - sum(log(d$months))) }
  }
  # Means, with the smearing factor as one more parameter, by stacked estimating equations.
  inverse <- if (name == "fractional") plogis else exp
  if (name == "lognormal") {
    e <- resid(fit); s <- sum(w * exp(e)) / sum(w)
    equations <- cbind(X * w * e, w * (exp(e) - s))
    A <- rbind(cbind(crossprod(X, X * w), 0), c(colSums(X * w * exp(e)), sum(w)))
    B <- crossprod(rowsum(equations, d$person)); G <- length(unique(d$person))
    V <- solve(A) %*% B %*% t(solve(A)) * G / (G - 1)
    theta <- c(b, s); at <- function(theta, Z) drop(exp(Z %*% theta[1:4])) * theta[5]
  } else { theta <- b; at <- function(theta, Z) inverse(drop(Z %*% theta)) }
  put(label, "mean", at(theta, Z))
  put(label, "mean_error", sapply(1:2, function(i) { g <- gradient(function(t) at(t, Z[i, , drop = FALSE]), theta); sqrt(drop(t(g) %*% V %*% g)) }))
  C <- X; C[, 3:4] <- 0; C[, 4] <- 1
  average <- function(t) sum(w * at(t, C)) / sum(w)
  g <- gradient(average, theta)
  put(label, "size_c", c(average(theta), sqrt(drop(t(g) %*% V %*% g))))
}
write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "sandwich"), version = c(as.character(getRversion()), as.character(packageVersion("sandwich"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
