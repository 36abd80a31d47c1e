# Interval-censored times: Turnbull's estimate and proportional hazards in bands. Run from the root of the repository.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/intervals/"
dir.create(folder, showWarnings = FALSE)
digits <- function(x) sprintf("%.15g", x)
set.seed(20261125)

# Cases in whole months: entry at sentence, a first look and a record date; some times exact, some cases still inside.
draw <- function(n, truncated) {
  entry <- if (truncated) sample(2:18, n, TRUE) else rep(0, n)
  x <- rbinom(n, 1, 0.5); z <- round(rnorm(n), 3)
  time <- entry + ceiling(rexp(n, 0.02 * exp(0.4 * x - 0.3 * z)))
  record <- entry + sample(12:120, n, TRUE); look <- entry + floor((record - entry) * runif(n))
  exact <- runif(n) < 0.25
  lower <- ifelse(time > record, record, ifelse(exact, time, ifelse(time > look, look, entry)))
  upper <- ifelse(time > record, NA, ifelse(exact, time, ifelse(time > look, record, look)))
  data.frame(entry, lower, upper, x, z, site = rep_len(1:20, n))
}
plain <- draw(80, FALSE); cut_off <- draw(60, TRUE); many <- draw(300, TRUE)
some <- many; some$upper <- ifelse(some$lower == some$upper | is.na(some$upper), some$upper, NA)  # exact or censored
some <- some[some$lower > some$entry, ]
for (name in c("plain", "cut_off", "many", "some"))
  write.csv(get(name), paste0(folder, name, ".csv"), row.names = FALSE, quote = FALSE, na = "")

found <- list()
add <- function(kind, what, value) found[[length(found) + 1]] <<- data.frame(kind, what, value = digits(value))

# 1. survfit, whose tolerance of 5e-05 is written into it, with a tighter one.
tight <- survival:::survfitTurnbull
text <- gsub("5e-05", "1e-13", deparse(tight), fixed = TRUE)
tight <- eval(parse(text = text), envir = asNamespace("survival"))
environment(tight) <- asNamespace("survival")
s <- Surv(ifelse(plain$lower == 0, NA, plain$lower), plain$upper, type = "interval2")
fit <- tight(factor(rep(1, nrow(plain))), s, rep(1, nrow(plain)), se.fit = FALSE)
steps <- -diff(c(1, fit$surv)); keep <- steps > 1e-7
add("turnbull", fit$time[keep], fit$surv[keep])

# 2. Truncated: expectation-maximisation in the hazards of all points and gaps between end points, which knows nothing
# of innermost intervals.
em <- function(d, steps) {
  t <- sort(unique(c(d$lower, d$upper[!is.na(d$upper)], d$entry))); K <- 2 * length(t) + 1
  at <- function(v) 2 * match(v, t) - 1                       # points are odd, the gap after each is even
  exact <- !is.na(d$upper) & d$lower == d$upper
  a <- ifelse(exact, at(d$lower), at(d$lower) + 1)
  b <- ifelse(is.na(d$upper), K, at(ifelse(is.na(d$upper), t[1], d$upper))); c0 <- at(d$entry) + 1
  A <- outer(a, 1:K, "<=") & outer(b, 1:K, ">="); B <- outer(c0, 1:K, "<=")
  h <- rep(0.1, K); h[K] <- 1
  for (i in seq_len(steps)) {
    p <- c(1, cumprod(1 - h)[-K]) * h
    P <- t(t(A) * p); P <- P / rowSums(P)
    n <- colSums((rowSums(P) - t(apply(P, 1, cumsum)) + P) * B)
    old <- h; h <- ifelse(n > 1e-12, pmin(colSums(P) / n, 1), 0); h[K] <- 1
  }
  p <- c(1, cumprod(1 - h)[-K]) * h
  inside <- rowSums(t(t(A) * p)); since <- rowSums(t(t(B) * p))
  list(time = t, surv = cumprod(1 - h)[seq(1, K - 1, 2)], loglik = sum(log(inside / since)), change = max(abs(h - old)))
}
fit <- em(cut_off, 60000)
add("truncated", "loglik", fit$loglik); add("truncated", "change", fit$change)
add("truncated", fit$time, fit$surv)

# 3. Exact, censored and truncated: Poisson regression of split spells.
cuts <- c(12, 30, 60)
some$event <- as.integer(!is.na(some$upper)); some$exit <- some$lower
parts <- survSplit(Surv(entry, exit, event) ~ ., some, cut = cuts, episode = "band")
parts$months <- parts$exit - parts$entry
g <- glm(event ~ 0 + x + z + factor(band) + offset(log(months)), poisson, parts, control = list(epsilon = 1e-15, maxit = 100))
add("poisson", c("x", "z", 1:4), coef(g)); add("poisson se", c("x", "z", 1:4), sqrt(diag(vcov(g))))
add("poisson", "loglik", as.numeric(logLik(g)) - sum(log(parts$months)[parts$event == 1]))

# 4. One band, no truncation: the exponential model of survreg. At lower = 0 the case is left-censored.
e <- survreg(s ~ x + z, plain, dist = "exponential", control = survreg.control(rel.tolerance = 1e-15, maxiter = 200))
add("exponential", c("x", "z"), -coef(e)[-1]); add("exponential se", c("x", "z"), sqrt(diag(vcov(e)))[2:3])
add("exponential", "1", -coef(e)[1]); add("exponential", "loglik", e$loglik[2])

# 5. Intervals and truncation, four bands: the likelihood written out, its gradient by complex steps.
months <- function(t) sapply(1:4, function(k) pmin(pmax(t - c(0, cuts)[k], 0), diff(c(0, cuts, Inf))[k]))
loglik <- function(theta, d, each = FALSE) {
  e <- exp(d$x * theta[1] + d$z * theta[2]); h <- exp(theta[3:6])
  at <- function(t) as.vector(months(t) %*% h) * e
  exact <- !is.na(d$upper) & d$lower == d$upper; open <- is.na(d$upper)
  out <- at(d$entry) - at(d$lower)
  out[exact] <- out[exact] + log(e[exact] * h[findInterval(d$lower[exact], cuts, left.open = TRUE) + 1])
  mid <- !exact & !open; inside <- (at(ifelse(open, d$lower, d$upper)) - at(d$lower))[mid]
  out[mid] <- out[mid] + log(1 - exp(-inside))
  if (each) out else sum(out)
}
step <- function(theta, j, i) { theta <- as.complex(theta); theta[j] <- theta[j] + i; theta }
gradient <- function(theta, d) sapply(seq_along(theta), function(j) Im(loglik(step(theta, j, 1e-30i), d)) / 1e-30)
curve <- function(theta, d) sapply(seq_along(theta), function(j) {
  e <- replace(numeric(6), j, 1e-5)
  (8 * (gradient(theta + e, d) - gradient(theta - e, d)) - (gradient(theta + 2 * e, d) - gradient(theta - 2 * e, d))) / 12e-5
})
theta <- c(0, 0, rep(-4, 4))
theta <- optim(theta, function(p) -loglik(p, many), function(p) -gradient(p, many), method = "BFGS", control = list(reltol = 1e-15, maxit = 1000))$par
for (i in 1:5) theta <- theta - solve(curve(theta, many), gradient(theta, many))
V <- solve(-curve(theta, many))
scores <- sapply(1:6, function(j) Im(loglik(step(theta, j, 1e-30i), many, TRUE)) / 1e-30)
summed <- rowsum(scores, many$site); G <- nrow(summed)
C <- V %*% crossprod(summed) %*% V * G / (G - 1)
names <- c("x", "z", 1:4)
add("bands", names, theta); add("bands se", names, sqrt(diag(V))); add("bands cluster", names, sqrt(diag(C)))
add("bands", "loglik", loglik(theta, many)); add("bands", "gradient", max(abs(gradient(theta, many))))
# Survival at 48 months for x = 1, z = 0.5, by the delta method.
value <- function(theta) exp(-sum(months(48) * exp(theta[3:6])) * exp(theta[1] + 0.5 * theta[2]))
slope <- sapply(1:6, function(j) Im(value(step(theta, j, 1e-30i))) / 1e-30)
add("bands", "survival", Re(value(theta))); add("bands se", "survival", sqrt(c(slope %*% V %*% slope)))

write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "survival"), version = c(as.character(getRversion()), as.character(packageVersion("survival"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
