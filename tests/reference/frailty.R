# Shared gamma frailty: coxph(frailty()). Run from the root of the repository.
# The search of coxph for theta ends early by default, so that theta is found here as the root of the derivative of its
# own profile (central differences of fits with theta fixed), and its limits where that profile has fallen by 1.92.
# sparse = FALSE takes the whole matrix of second derivatives; by default, with more than five groups, coxph takes the
# block of the groups as diagonal.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/frailty/"
dir.create(folder, showWarnings = FALSE)
set.seed(20261130)

# 1. Data: two of the package's own, and simulated spells of 14 prisons with late entry, ties and two strata.
n <- 420
prison <- sample(1:14, n, TRUE, prob = c(3, rep(1, 13)))
z <- rgamma(14, 2, 2)[prison]; z[prison == 14] <- 0.02
x <- rbinom(n, 1, 0.4); age <- round(rnorm(n, 40, 10)); level <- sample(1:2, n, TRUE)
time <- ceiling(rexp(n, 0.015 * z * exp(0.5 * x - 0.02 * (age - 40)) * level))
entry <- floor(runif(n, 0, 25)); end <- entry + ceiling(runif(n, 10, 80))
made <- data.frame(entry, exit = pmin(time, end), event = as.integer(time <= end), x, z = age, group = prison, level)
made <- made[made$exit > made$entry, ]
sets <- list(
  rats = data.frame(entry = 0, exit = rats$time, event = rats$status, x = rats$rx, z = as.integer(rats$sex == "m"),
                    group = rats$litter, level = 1),
  kidney = data.frame(entry = 0, exit = kidney$time, event = kidney$status, x = kidney$age, z = kidney$sex,
                      group = kidney$id, level = 1),
  prisons = made)
for (name in names(sets)) write.csv(sets[[name]], paste0(folder, name, ".csv"), row.names = FALSE, quote = FALSE)

found <- list()
add <- function(model, quantity, term, value)
  found[[length(found) + 1]] <<- data.frame(model, quantity, term, value = sprintf("%.12g", value))

tight <- coxph.control(eps = 1e-11, toler.chol = 1e-13, iter.max = 200, outer.max = 200)
fitted <- function(d, t, ties, ...) {
  f <- Surv(entry, exit, event) ~ x + z + frailty(group, ...)
  if (max(d$level) > 1) f <- update(f, . ~ . + strata(level))
  environment(f) <- environment()
  coxph(f, d, ties = ties, control = tight)
}
marginal <- function(d, t, ties) fitted(d, t, ties, theta = t, sparse = FALSE)$history[[1]]$c.loglik
slope <- function(d, t, ties) {   # by five points
  h <- 0.02 * t
  v <- sapply(c(-2, -1, 1, 2), function(k) marginal(d, t + k * h, ties))
  (v[1] - 8 * v[2] + 8 * v[3] - v[4]) / (12 * h)
}
for (name in names(sets)) for (ties in c("efron", "breslow")) {
  d <- sets[[name]]; model <- paste(name, ties)
  theta <- uniroot(function(t) slope(d, t, ties), c(0.1, 2), tol = 1e-12)$root
  fit <- fitted(d, theta, ties, theta = theta, sparse = FALSE)
  groups <- sort(unique(d$group))
  own <- grep("gamma", names(coef(fit)))
  top <- fit$history[[1]]$c.loglik
  add(model, "theta", "", theta)
  add(model, "loglik", "", top)
  add(model, "loglik_none", "", fit$loglik[1] * 0 + coxph(if (max(d$level) > 1)
    Surv(entry, exit, event) ~ x + z + strata(level) else Surv(entry, exit, event) ~ x + z, d, ties = ties, control = tight)$loglik[2])
  add(model, "estimate", c("x", "z"), coef(fit)[-own])
  add(model, "std_error", c("x", "z"), sqrt(diag(vcov(fit)))[-own])
  add(model, "frailty", groups, coef(fit)[own] - log(mean(exp(coef(fit)[own]))))
  add(model, "frailty_error", groups, sqrt(diag(vcov(fit)))[own])
  fall <- function(t) marginal(d, t, ties) - top + qchisq(0.95, 1) / 2
  none <- as.numeric(found[[which(sapply(found, function(f) f$model[1] == model && f$quantity[1] == "loglik_none"))]]$value)
  add(model, "theta_low", "", if (none > top - qchisq(0.95, 1) / 2) 0 else uniroot(fall, c(1e-3, theta), tol = 1e-11)$root)
  add(model, "theta_high", "", uniroot(fall, c(theta, 6), tol = 1e-10)$root)
  for (t in c(0.02, 0.3, 3)) {
    given <- fitted(d, t, ties, theta = t, sparse = FALSE)
    add(model, paste("given", t), c("loglik", "x", "z", "error x", "error z"),
        c(given$history[[1]]$c.loglik, coef(given)[1:2], sqrt(diag(vcov(given)))[1:2]))
  }
  # what coxph gives by itself, and with a tight search, for the page
  plain <- fitted(d, theta, ties)
  add(model, "own search", c("theta", "x", "z", "error x", "error z"),
      c(plain$history[[1]]$theta, coef(plain), sqrt(diag(vcov(plain)))))
  add(model, "martingale", seq_len(nrow(d)), resid(fit, "martingale"))
}
write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
