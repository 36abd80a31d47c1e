# Rates by quarter on leads and lags of events: glm, glm.nb, ns and NeweyWest. Run from the root of the repository.
suppressPackageStartupMessages({library(MASS); library(sandwich); library(splines)})
folder <- "tests/reference/eventstudy/"
dir.create(folder, showWarnings = FALSE)
set.seed(20261125)
n <- 108
date <- seq(as.Date("1991-01-01"), by = "quarter", length.out = n)
events <- rpois(n, 0.4); events[c(1, n)] <- 1
e <- as.numeric(arima.sim(list(ar = 0.5), n, sd = 0.5))
months <- round(runif(n, 80, 400), 2)
before <- c(0, events[-n])
many <- rpois(n, months * exp(-3.6 + 0.3 * before + 0.15 * (as.POSIXlt(date)$mon == 3) + e))
few <- rpois(n, months * exp(-6.2 + 0.3 * before))
d <- data.frame(quarter = paste0(format(date, "%Y"), quarters(date)), date, events, months, many, few)
write.csv(d, paste0(folder, "series.csv"), row.names = FALSE, quote = FALSE)
shift <- function(x, k) if (k >= 0) c(rep(NA, k), x[seq_len(n - k)]) else c(x[(1 - k):n], rep(NA, -k))
for (k in c(-4:-2, 0:4)) d[[if (k < 0) paste0("lead.", -k) else paste0("lag.", k)]] <- shift(d$events, k)
d$season <- factor(quarters(date)); d$years <- (seq_len(n) - 1) / 4
w <- d[5:(n - 4), ]
w$trend <- w$years - mean(w$years)
leads <- paste0("lead.", 4:2); lags <- paste0("lag.", 0:4)
tight <- glm.control(epsilon = 1e-15, maxit = 200)
negbin <- function(formula, data) {               # glm.nb goes on until both parts stand still
  fit <- suppressWarnings(glm.nb(formula, data, control = glm.control(epsilon = 1e-14, maxit = 200)))
  for (i in 1:50) {
    theta <- as.numeric(suppressWarnings(theta.ml(data[[all.vars(formula)[1]]], fitted(fit), limit = 200, eps = 1e-14)))
    again <- glm(formula, negative.binomial(theta), data, start = coef(fit), control = tight)  # its criterion is the deviance's: restart
    done <- max(abs(coef(again) - coef(fit))) < 1e-13
    fit <- again
    if (done) break
  }
  list(fit = fit, theta = theta)
}
one <- function(kind, outcome, model, terms, lag, data = w) {
  formula <- as.formula(paste(outcome, "~", paste(terms, collapse = "+"), "+ offset(log(months))"))
  if (model == "poisson") { fit <- glm(formula, poisson, data, control = tight); theta <- Inf }
  else { found <- negbin(formula, data); fit <- found$fit; theta <- found$theta }
  X <- model.matrix(fit); mu <- fitted(fit); y <- fit$y
  if (model == "poisson") V <- NeweyWest(fit, lag = lag, prewhite = FALSE, adjust = FALSE)
  else {                                          # sandwich scales by the dispersion, which here is 1
    U <- X * ((y - mu) / (1 + mu / theta))
    bread <- solve(crossprod(X, X * (mu / (1 + mu / theta))))
    meat <- crossprod(U)
    for (l in seq_len(lag)) { G <- crossprod(U[(1 + l):nrow(U), ], U[1:(nrow(U) - l), ]); meat <- meat + (1 - l / (lag + 1)) * (G + t(G)) }
    V <- bread %*% meat %*% bread
    nb <- suppressWarnings(glm.nb(formula, data, control = glm.control(epsilon = 1e-14, maxit = 200)))
    stopifnot(max(abs(NeweyWest(nb, lag = lag, prewhite = FALSE, adjust = FALSE) / V - 1)) < 1e-4)
  }
  if (grepl("small", kind)) {                     # scores over 1 - leverage; without lags it is vcovHC's HC3
    W <- mu / (1 + mu / theta); bread <- solve(crossprod(X, X * W))
    U <- X * ((y - mu) / (1 + mu / theta) / (1 - W * rowSums((X %*% bread) * X)))
    meat <- crossprod(U)
    if (lag == 0 && model == "poisson") stopifnot(max(abs(vcovHC(fit, type = "HC3") / (bread %*% meat %*% bread) - 1)) < 1e-9)
    for (l in seq_len(lag)) { G <- crossprod(U[(1 + l):nrow(U), ], U[1:(nrow(U) - l), ]); meat <- meat + (1 - l / (lag + 1)) * (G + t(G)) }
    V <- bread %*% meat %*% bread
  }
  ll <- if (model == "poisson") sum(dpois(y, mu, log = TRUE)) else sum(dnbinom(y, size = theta, mu = mu, log = TRUE))
  b <- coef(fit)
  wald <- function(names) as.numeric(b[names] %*% solve(V[names, names], b[names]))
  values <- c(setNames(b, paste0("b:", names(b))), setNames(sqrt(diag(V)), paste0("se:", names(b))), loglik = ll, alpha = 1 / theta)
  for (g in list(leads = intersect(leads, names(b)), lags = intersect(lags, names(b)), "break" = intersect(c("level", "slope"), names(b)))) {
    if (length(g)) values[paste0("wald:", if (g[1] %in% leads) "leads" else if (g[1] %in% lags) "lags" else "break")] <- wald(g)
  }
  data.frame(kind, what = gsub(", ", " ", names(values)), value = sprintf("%.15g", values))
}
base <- c(leads, lags, "season")
v <- d
v$after <- as.numeric(date >= as.Date("2004-04-01"))
zero <- v$years[which(v$after == 1)[1]]
v$trend <- v$years - zero; v$level <- v$after; v$slope <- v$after * v$trend
found <- list(
  one("linear", "many", "poisson", c(base, "trend"), 4),
  one("small", "many", "poisson", c(base, "trend"), 4),
  one("small HC3", "many", "poisson", c(base, "trend"), 0),
  one("small negbin", "many", "negbin", c(base, "trend"), 4),
  one("few", "few", "poisson", c(base, "trend"), 4),
  one("none", "many", "poisson", base, 0),
  one("spline", "many", "poisson", c(base, "ns(trend, 4)"), 8),
  one("negbin", "many", "negbin", c(base, "trend"), 4),
  one("negbin spline", "many", "negbin", c(base, "ns(trend, 4)"), 2),
  one("interrupted", "many", "poisson", c("level", "slope", "trend", "season"), 4, v),
  one("interrupted negbin", "many", "negbin", c("level", "slope", "trend", "season"), 4, v),
  one("interrupted level", "many", "poisson", c("level", "season"), 4, v))
write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
what <- c("R", "MASS", "sandwich", "splines")
versions <- data.frame(what, version = c(as.character(getRversion()), sapply(what[-1], function(p) as.character(packageVersion(p)))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
