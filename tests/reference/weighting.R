# Weights of a treatment that starts once, person by person, and the weighted Cox model. Run from the root of the repository.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/weighting/"
dir.create(folder, showWarnings = FALSE)
set.seed(20261125)
# People seen over periods of six months. Illness makes treatment and the event likelier, and treatment makes illness rarer.
# A treatment starts either at the beginning of a period or within it, where its spell is then cut.
rows <- list()
for (i in 1:300) {
  sex <- sample(c("F", "M"), 1); age <- round(rnorm(1, 45, 10)); frail <- rbinom(1, 1, 0.4)
  ill <- 0; raised <- 0
  for (k in 0:7) {
    ill <- rbinom(1, 1, plogis(-1.5 + 1.5 * frail + ill - 0.7 * raised))
    from <- 6 * k; to <- from + 6; cut <- NA
    if (!raised && runif(1) < plogis(-3 + 1.4 * ill + 0.3 * (sex == "F") + 0.03 * k)) cut <- sample(c(from, from + 2.5), 1)
    stop <- from + rexp(1, 0.012 * exp(1.2 * frail)); died <- stop < to; stop <- min(round(stop, 3), to)
    if (stop <= from) stop <- from + 0.001
    if (!is.na(cut) && cut >= stop) cut <- NA
    add <- function(a, b, r, e) rows[[length(rows) + 1]] <<- data.frame(id = i, period = k, entry = a, exit = b, sex, age, ill, raised = r, event = e)
    if (is.na(cut) || cut == from) { raised <- max(raised, !is.na(cut)); add(from, stop, raised, as.integer(died)) }
    else { add(from, cut, 0, 0L); add(cut, stop, 1, as.integer(died)); raised <- 1 }
    if (died) break
  }
}
d <- do.call(rbind, rows)
tight <- glm.control(epsilon = 1e-14, maxit = 100)
digits <- function(x) sprintf("%.15g", x)
# One trial for each period at whose beginning treatment had not started.
trials <- do.call(rbind, lapply(split(d, list(d$id, d$period), drop = TRUE), function(p) {
  p <- p[order(p$entry), ]
  if (any(d$id == p$id[1] & d$entry < p$entry[1] & d$raised == 1)) return(NULL)
  cbind(p[1, ], started = max(p$raised))
}))
trials <- trials[order(trials$id, trials$period), ]
fits <- list(denominator = glm(started ~ entry + sex + age + ill, binomial, trials, control = tight),
             numerator = glm(started ~ entry + sex, binomial, trials, control = tight))
course <- function(chance_top, chance_below, given = FALSE) {
  w <- numeric(nrow(d))
  for (i in unique(d$id)) {
    past <- 1; mine <- which(d$id == i)
    for (k in unique(d$period[mine])) {
      at <- which(trials$id == i & trials$period == k)
      here <- mine[d$period[mine] == k]
      if (!length(at)) { w[here] <- past; next }
      p <- chance_below[at]; q <- if (is.null(chance_top)) NULL else chance_top[at]
      factor <- function(r) (if (is.null(q)) 1 else if (r) q else 1 - q) / (if (r) p else 1 - p)
      w[here] <- past * sapply(d$raised[here], factor)
      past <- past * factor(trials$started[at])
    }
  }
  w
}
below <- fitted(fits$denominator); above <- fitted(fits$numerator)
d$stabilised <- course(above, below)
d$unstabilised <- course(NULL, below)
limits <- quantile(d$stabilised, c(0.01, 0.99))
d$truncated <- pmin(pmax(d$stabilised, limits[1]), limits[2])
write.csv(d[, 1:9], paste0(folder, "data.csv"), row.names = FALSE, quote = FALSE)
write.csv(data.frame(lapply(d[, c("stabilised", "unstabilised", "truncated")], digits)), paste0(folder, "weights.csv"),
          row.names = FALSE, quote = FALSE)
found <- list()
say <- function(what, term, column, value) found[[length(found) + 1]] <<- data.frame(what, term, column, value = digits(value))
for (m in names(fits)) for (t in names(coef(fits[[m]]))) {
  say(m, t, "estimate", coef(fits[[m]])[[t]]); say(m, t, "std_error", sqrt(diag(vcov(fits[[m]])))[[t]])
}
# Balance of started and other trials, by the weights of the last row of each trial.
last <- match(paste(trials$id, trials$period), rev(paste(d$id, d$period)))
wt <- rev(d$truncated)[last]; s <- trials$started == 1
for (v in c("entry", "age", "ill", "sexM")) {
  x <- if (v == "sexM") as.numeric(trials$sex == "M") else trials[[v]]
  sd <- sqrt((var(x[s]) + var(x[!s])) / 2)
  say("balance", v, "before", (mean(x[s]) - mean(x[!s])) / sd)
  say("balance", v, "after", (weighted.mean(x[s], wt[s]) - weighted.mean(x[!s], wt[!s])) / sd)
}
exact <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15)
for (w in c("stabilised", "truncated")) {
  d$w <- d[[w]]
  fit <- coxph(Surv(entry, exit, event) ~ raised + sex, d, weights = w, cluster = id, control = exact)
  for (t in names(coef(fit))) { say(w, t, "estimate", coef(fit)[[t]]); say(w, t, "std_error", sqrt(diag(vcov(fit)))[match(t, names(coef(fit)))]) }
}
write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
# Exact limits of the ratio of two Poisson rates, which condition on the sum.
cases <- data.frame(a = c(5, 0, 7, 3, 1, 40), b = c(11, 4, 13, 0, 1, 25), s = c(475, 300, 475, 100, 10, 1000), t = c(5900, 900, 5900, 50, 10, 900))
limits <- t(mapply(function(a, b, s, t) poisson.test(c(a, b), c(s, t))$conf.int, cases$a, cases$b, cases$s, cases$t))
write.csv(data.frame(cases, low = digits(limits[, 1]), high = digits(limits[, 2])), paste0(folder, "ratios.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "survival"), version = c(as.character(getRversion()), as.character(packageVersion("survival"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
