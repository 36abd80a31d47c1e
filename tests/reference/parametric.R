# Parametric survival: survreg, and likelihoods written out here and maximised. Run from the root of the repository.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/parametric/"
dir.create(folder, showWarnings = FALSE)
digits <- function(x) sprintf("%.12g", x)
set.seed(20261130)

# 1. Simulated data: Weibull times with late entry, the same as intervals between looks, and a share without the event.
n <- 240
draw <- function(never) {
  many <- 3 * n
  x <- rbinom(many, 1, 0.5); z <- round(rnorm(many), 2)
  time <- 60 * exp(0.4 * x - 0.3 * z) * rweibull(many, 1.4)
  if (never) time[runif(many) < plogis(-0.8 + 0.6 * z)] <- Inf
  entry <- round(runif(many, 0, 30), 2)
  end <- round(entry + runif(many, 20, if (never) 600 else 150), 2)
  time <- round(time, 2); kept <- which(time > entry)[1:n]   # those who had the event before are never seen
  x <- x[kept]; z <- z[kept]; time <- time[kept]; entry <- entry[kept]; end <- end[kept]
  exit <- pmin(time, end)
  d <- data.frame(entry, exit, event = as.integer(time <= end), x, z)
  d$looks <- sample(1:3, n, TRUE); d$share <- round(runif(n, 0.5, 2), 2); d$site <- rep_len(1:40, n)
  gap <- sample(c(0, 8, 20), n, TRUE)
  d$lower <- ifelse(d$event == 1 & gap > 0, pmax(d$entry, floor(d$exit / gap) * gap), d$exit)
  d$upper <- ifelse(d$event == 0, NA, ifelse(gap > 0, (floor(d$exit / gap) + 1) * gap, d$exit))
  d$lower <- ifelse(d$event == 1 & gap > 0 & runif(n) < 0.2, d$entry, d$lower)
  d
}
data <- list(plain = draw(FALSE), mixed = draw(TRUE))
for (name in names(data)) write.csv(data[[name]], paste0(folder, name, ".csv"), row.names = FALSE, quote = FALSE, na = "")

found <- list()
add <- function(model, quantity, term, value)
  found[[length(found) + 1]] <<- data.frame(model, quantity, term, value = digits(value))

# 2. survreg: exact times without entry, weighted, robust, clustered; and times known as intervals.
tight <- survreg.control(rel.tolerance = 1e-14, maxiter = 200)
whole <- data$plain
left <- ifelse(whole$lower == 0, NA, whole$lower)
told <- list(
  exact = list(Surv(exit, event) ~ x + z),
  looks = list(Surv(exit, event) ~ x + z, weights = whole$looks),
  share = list(Surv(exit, event) ~ x + z, weights = whole$share, robust = TRUE),
  site = list(Surv(exit, event) ~ x + z, cluster = whole$site),
  interval = list(Surv(left, upper, type = "interval2") ~ x + z),
  "interval looks" = list(Surv(left, upper, type = "interval2") ~ x + z, weights = whole$looks))
for (family in c("exponential", "weibull", "lognormal", "loglogistic")) for (name in names(told)) {
  fit <- do.call(survreg, c(told[[name]], list(data = whole, dist = family, control = tight)))
  model <- paste("survreg", family, name)
  names <- c("constant", "x", "z", if (family != "exponential") "scale")
  add(model, "estimate", names, c(coef(fit), if (family != "exponential") log(fit$scale)))
  # The robust variance of survreg leaves the weights out of the scores: doubling them would halve the errors. (For
  # intervals the scores of the scale have the wrong sign, and do not add up to zero: none are taken from here.)
  robust <- if (name == "share") crossprod(residuals(fit, "dfbeta", weighted = TRUE)) else vcov(fit)
  add(model, "std_error", names, sqrt(diag(robust)))
  add(model, "loglik", "", fit$loglik[2])
}

# 3. Likelihoods written out: log survival and log density of each family, given location and further parameters.
scaled <- function(surv, dens) list(
  S = function(t, a, m) surv((log(t) - a) / exp(m[1])),
  f = function(t, a, m) dens((log(t) - a) / exp(m[1])) - m[1] - log(t))
log1mexp <- function(x) ifelse(x < 0.7, log(-expm1(-x)), log1p(-exp(-x)))
basis <- function(x, k) {
  cube <- function(v) pmax(v, 0)^3
  l <- (max(k) - k) / (max(k) - min(k))
  cubic <- function(j) cube(x - k[j]) - l[j] * cube(x - k[1]) - (1 - l[j]) * cube(x - k[length(k)])
  do.call(cbind, c(list(1, x), lapply(seq_along(k)[-c(1, length(k))], cubic)))
}
slopes <- function(x, k) {
  square <- function(v) 3 * pmax(v, 0)^2
  l <- (max(k) - k) / (max(k) - min(k))
  part <- function(j) square(x - k[j]) - l[j] * square(x - k[1]) - (1 - l[j]) * square(x - k[length(k)])
  do.call(cbind, c(list(0, 1 + 0 * x), lapply(seq_along(k)[-c(1, length(k))], part)))
}
knots <- log(c(2, 20, 50, 140)); cuts <- c(15, 40, 80)
months <- function(t) do.call(cbind, lapply(1:4, function(k) pmin(pmax(t - c(0, cuts)[k], 0), diff(c(0, cuts, Inf))[k])))
gamma_tail <- function(w, q) { k <- q^-2; pgamma(k * exp(q * w), k, lower.tail = q < 0, log.p = TRUE) }
gamma_density <- function(w, q) { k <- q^-2; log(abs(q)) + k * log(k) - lgamma(k) + k * (q * w - exp(q * w)) }
families <- list(
  exponential = list(S = function(t, a, m) -t * exp(-a), f = function(t, a, m) -a - t * exp(-a)),
  weibull = scaled(function(z) -exp(z), function(z) z - exp(z)),
  lognormal = scaled(function(z) pnorm(z, lower.tail = FALSE, log.p = TRUE), function(z) dnorm(z, log = TRUE)),
  loglogistic = scaled(function(z) plogis(z, lower.tail = FALSE, log.p = TRUE), function(z) dlogis(z, log = TRUE)),
  gengamma = list(
    S = function(t, a, m) gamma_tail((log(t) - a) / exp(m[1]), m[2]),
    f = function(t, a, m) gamma_density((log(t) - a) / exp(m[1]), m[2]) - m[1] - log(t)),
  piecewise = list(
    S = function(t, a, m) -exp(a) * as.vector(months(t) %*% exp(m)),
    f = function(t, a, m) a + m[findInterval(t, cuts, left.open = TRUE) + 1] - exp(a) * as.vector(months(t) %*% exp(m))),
  spline = list(
    S = function(t, a, m) -exp(a + as.vector(basis(log(t), knots) %*% m)),
    f = function(t, a, m) { u <- a + as.vector(basis(log(t), knots) %*% m)
      u + log(as.vector(slopes(log(t), knots) %*% m)) - log(t) - exp(u) }))
further <- list(exponential = character(0), weibull = "scale", lognormal = "scale", loglogistic = "scale",
                gengamma = c("scale", "Q"), piecewise = paste0("hazard", 1:4), spline = paste0("gamma", 0:3))
begin <- list(exponential = NULL, weibull = -0.3, lognormal = 0, loglogistic = -0.6, gengamma = c(-0.3, 0.8),
              piecewise = rep(-4, 4), spline = c(-5, 1.2, 0, 0))

pieces <- function(family, d, interval, cure) {
  p <- length(further[[family]]); constant <- !(family %in% c("piecewise", "spline")); F <- families[[family]]
  function(theta) {
    a <- d$x * theta[1] + d$z * theta[2] + if (constant) theta[3] else 0
    m <- theta[2 + constant + seq_len(p)]
    never <- if (cure) plogis(theta[length(theta)] + d$z * theta[length(theta) - 1]) else 0
    lS <- function(t, i) ifelse(t > 0, F$S(pmax(t, 1e-300), a[i], m), 0)
    S <- function(t, i) { s <- lS(t, i); if (cure) log(never[i] + (1 - never[i]) * exp(s)) else s }
    low <- if (interval) d$lower else d$exit
    up <- if (interval) d$upper else ifelse(d$event == 1, d$exit, NA)
    exact <- !is.na(up) & low == up; mid <- !is.na(up) & low < up; open <- is.na(up)
    out <- numeric(nrow(d)); gain <- if (cure) log1p(-never) else rep(0, nrow(d))
    out[exact] <- F$f(low[exact], a[exact], m) + gain[exact]
    out[open] <- S(low[open], open)
    if (any(mid)) { s <- lS(low[mid], mid); out[mid] <- gain[mid] + s + log1mexp(s - lS(up[mid], mid)) }
    out - S(d$entry, rep(TRUE, nrow(d)))
  }
}
# Derivatives by differences of sixth order; cubics of a spline reach high, so that their steps are short.
slope_of <- function(g, theta, h = 2e-3) {
  h <- rep_len(h, length(theta))
  rows <- lapply(seq_along(theta), function(j) {
    at <- function(k) g(replace(theta, j, theta[j] + k * h[j]))
    (45 * (at(1) - at(-1)) - 9 * (at(2) - at(-2)) + (at(3) - at(-3))) / (60 * h[j])
  })
  do.call(cbind, rows)
}
fit_of <- function(family, d, interval, cure) {
  each <- pieces(family, d, interval, cure)
  value <- function(theta) { v <- suppressWarnings(sum(each(theta))); if (is.finite(v)) v else -1e10 }
  constant <- !(family %in% c("piecewise", "spline"))
  theta <- c(0, 0, if (constant) 4.5, begin[[family]], if (cure) c(0, -0.8))
  if (!constant) theta <- c(0, 0, begin[[family]], if (cure) c(0, -0.8))
  theta <- optim(theta, function(p) -value(p), method = "BFGS", control = list(reltol = 1e-14, maxit = 2000))$par
  h <- 2e-3 / (if (family == "spline") c(1, 1, 1, 1, 4, 4, 1, 1)[seq_along(theta)] else 1)
  curve <- function(theta) slope_of(function(p) as.vector(slope_of(value, p, h)), theta, h)
  for (i in 1:4) theta <- theta - solve(curve(theta), as.vector(slope_of(value, theta, h)))
  scores <- slope_of(each, theta, h); V <- solve(-curve(theta))
  list(theta = theta, loglik = value(theta), V = V, scores = scores, gradient = max(abs(colSums(scores))), h = h)
}
settings <- list(entry = list("plain", FALSE, FALSE), "interval entry" = list("plain", TRUE, FALSE),
                 cure = list("mixed", FALSE, TRUE), "interval cure" = list("mixed", TRUE, TRUE))
kept <- list()
for (setting in names(settings)) for (family in names(families)) {
  s <- settings[[setting]]
  d <- data[[s[[1]]]]
  fit <- fit_of(family, d, s[[2]], s[[3]])
  model <- paste("own", family, setting)
  names <- c("x", "z", if (!(family %in% c("piecewise", "spline"))) "constant", further[[family]],
             if (s[[3]]) c("never: z", "never: constant"))
  add(model, "estimate", names, fit$theta); add(model, "std_error", names, sqrt(diag(fit$V)))
  add(model, "loglik", "", fit$loglik); add(model, "gradient", "", fit$gradient)
  summed <- rowsum(fit$scores, d$site)
  add(model, "cluster", names, sqrt(diag(fit$V %*% crossprod(summed) %*% fit$V)))
  kept[[model]] <- fit
}

# 4. Predictions for x = 1, z = 0.5 with errors by the delta method.
predicted <- function(model, family, quantity, term, g) {
  fit <- kept[[model]]
  slope <- as.vector(slope_of(g, fit$theta, fit$h / 2))
  add(model, quantity, term, g(fit$theta)); add(model, paste(quantity, "error"), term, sqrt(c(slope %*% fit$V %*% slope)))
}
for (family in names(families)) {
  F <- families[[family]]; constant <- !(family %in% c("piecewise", "spline")); p <- length(further[[family]])
  at <- function(theta) theta[1] + 0.5 * theta[2] + if (constant) theta[3] else 0
  more <- function(theta) theta[2 + constant + seq_len(p)]
  S <- function(t, theta) exp(F$S(t, at(theta), more(theta)))
  model <- paste("own", family, "entry")
  predicted(model, family, "survival", "30", function(theta) S(30, theta))
  predicted(model, family, "hazard", "30", function(theta) exp(F$f(30, at(theta), more(theta))) / S(30, theta))
  root <- function(theta, share, S) uniroot(function(u) S(exp(u), theta) - (1 - share), c(-5, 9), tol = 1e-13)$root
  predicted(model, family, "quantile", "0.25", function(theta) exp(root(theta, 0.25, S)))
  area <- function(theta, S, end) {
    ends <- sort(unique(c(0, cuts[cuts < end], exp(knots[knots < log(end)]), 1e-6, 1e-3, 0.1, 1, end)))
    sum(mapply(function(a, b) integrate(S, a, b, theta, rel.tol = 1e-12)$value, ends[-length(ends)], ends[-1]))
  }
  predicted(model, family, "mean until", "100", function(theta) area(theta, S, 100))
  model <- paste("own", family, "cure")
  never <- function(theta) plogis(theta[length(theta)] + 0.5 * theta[length(theta) - 1])
  all <- function(t, theta) never(theta) + (1 - never(theta)) * S(t, theta)
  predicted(model, family, "survival", "30", function(theta) all(30, theta))
  predicted(model, family, "never", "", never)
  predicted(model, family, "quantile", "0.25", function(theta) exp(root(theta, 0.25, all)))
  predicted(model, family, "mean until", "100", function(theta) area(theta, all, 100))
}

write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "survival"), version = c(as.character(getRversion()), as.character(packageVersion("survival"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
