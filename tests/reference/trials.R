# Trials nested in spells, person by person, their weights, and Cox's model on all of them. Run from the root of the repository.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/trials/"
dir.create(folder, showWarnings = FALSE)
set.seed(20261130)
# Periods of six months. Illness makes treatment, acts and expiries likelier. Treatment starts at the beginning of a period
# or within it, where the spell is then cut; some were treated when first seen.
rows <- list()
for (i in 1:160) {
  age <- round(rnorm(1, 45, 10)); frail <- rbinom(1, 1, 0.4); late <- 6 * rbinom(1, 2, 0.2)
  ill <- 0; raised <- rbinom(1, 1, 0.05)
  for (k in (late / 6):7) {
    ill <- rbinom(1, 1, plogis(-1.5 + 1.5 * frail + ill))
    from <- 6 * k; to <- from + 6; cut <- NA
    if (!raised && from > late && runif(1) < plogis(-2.6 + 1.4 * ill)) cut <- from + sample(c(0, 2.5), 1)
    ends <- c(act = rexp(1, 0.015 * exp(0.9 * frail)), expiry = rexp(1, 0.01 * exp(0.6 * frail)))
    word <- if (min(ends) < 6) names(which.min(ends)) else "censored"
    stop <- from + min(round(min(ends), 3), 6)
    if (stop <= from) stop <- from + 0.001
    if (!is.na(cut) && cut >= stop) cut <- NA
    add <- function(a, b, r, e) rows[[length(rows) + 1]] <<- data.frame(id = i, person = (i + 1) %/% 2, period = k, entry = a, exit = b, age, ill, raised = r, event = e)
    if (is.na(cut) || cut == from) { raised <- max(raised, !is.na(cut)); add(from, stop, raised, word) }
    else { add(from, cut, 0, "censored"); add(cut, stop, 1, word); raised <- 1 }
    if (word != "censored") break
  }
}
d <- do.call(rbind, rows)
digits <- function(x) sprintf("%.15g", x)
own <- split(d, d$id)
first_treated <- sapply(own, function(p) p$raised[1] == 1)
started <- sapply(own, function(p) if (p$raised[1] == 1 || !any(p$raised == 1)) NA else min(p$entry[p$raised == 1]))
# Chances of starting: one row for each period at whose beginning a person was untreated.
chances <- do.call(rbind, lapply(own[!first_treated], function(p) do.call(rbind, lapply(split(p, p$period), function(q) {
  if (any(p$raised == 1 & p$entry < q$entry[1])) NULL else cbind(q[1, ], begun = max(q$raised))
}))))
tight <- glm.control(epsilon = 1e-14, maxit = 100)
below <- glm(begun ~ entry + age + ill, binomial, chances, control = tight)
above <- glm(begun ~ entry + age, binomial, chances, control = tight)
chances$den <- fitted(below); chances$num <- fitted(above)
chance <- function(i, k) chances[chances$id == i & chances$period == k, ]
expand <- function(follow, per_protocol, times) {
  out <- list()
  for (n in seq_along(times)) {
    t <- times[n]
    for (p in own) {
      i <- p$id[1]; s <- started[[as.character(i)]]
      arm <- as.integer(!is.na(s) && s == t)
      if (first_treated[[as.character(i)]] || !any(p$entry <= t & p$exit > t) || (!is.na(s) && s < t)) next
      origin <- p$period[p$entry <= t & p$exit > t]
      q <- chance(i, origin)
      for (r in seq_len(nrow(p))) {
        x <- p[r, ]
        if (x$exit <= t || x$entry >= t + follow || (per_protocol && !arm && x$raised == 1)) next
        w <- if (arm) q$num / q$den else (1 - q$num) / (1 - q$den)
        if (per_protocol && !arm && x$period > origin) for (k in (origin + 1):x$period) { c <- chance(i, k); w <- w * (1 - c$num) / (1 - c$den) }
        whole <- x$exit <= t + follow
        out[[length(out) + 1]] <- data.frame(trial = n - 1, id = i, person = x$person, assigned = arm, age = x$age,
          start = max(x$entry, t) - t, stop = min(x$exit, t + follow) - t, end = if (whole) x$event else "censored", weight = w)
      }
    }
  }
  do.call(rbind, out)
}
times <- sort(unique(na.omit(unlist(started))))
exact <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15)
found <- list()
say <- function(what, term, column, value) found[[length(found) + 1]] <<- data.frame(what, term, column, value = digits(value))
fit_all <- function(what, e, weights, adjust) {
  for (word in c("act", "expiry")) {
    e$hit <- as.integer(e$end == word); e$w <- if (weights) e$weight else 1
    f <- if (adjust) Surv(start, stop, hit) ~ assigned + age + strata(trial) else Surv(start, stop, hit) ~ assigned + strata(trial)
    fit <- coxph(f, e, weights = w, cluster = person, control = exact)
    for (t in names(coef(fit))) {
      say(paste(what, word), t, "estimate", coef(fit)[[t]])
      say(paste(what, word), t, "std_error", sqrt(diag(vcov(fit)))[match(t, names(coef(fit)))])
    }
  }
  say(what, "assigned", "n_person_trials", nrow(unique(e[c("trial", "id")])))
  say(what, "assigned", "person_time", sum(e$stop - e$start))
}
itt <- expand(24, FALSE, times); pp <- expand(24, TRUE, times); one <- expand(Inf, TRUE, times[4])
fit_all("itt", itt, FALSE, FALSE); fit_all("itt adjusted", itt, FALSE, TRUE); fit_all("itt weighted", itt, TRUE, TRUE)
fit_all("pp", pp, FALSE, FALSE); fit_all("pp adjusted", pp, FALSE, TRUE); fit_all("pp weighted", pp, TRUE, TRUE)
fit_all("single", one, FALSE, FALSE)
# Events common to all: windows of 90 days after them and after days 12, 24 or 36 months away, none overlapping another.
people <- do.call(rbind, lapply(1:150, function(i) {
  from <- as.integer(as.Date("2001-01-01")) + sample(0:3000, 1)
  ends <- c(sentence_reduction = rexp(1, 0.0006), death = rexp(1, 0.0003)); last <- as.integer(as.Date("2011-12-31"))
  stop <- min(ceiling(from + min(ends)), last)
  data.frame(id = i, origin = as.character(as.Date(from, origin = "1970-01-01")), from, stop, age = round(rnorm(1, 45, 10)),
             event = if (stop < last) names(which.min(ends)) else "censored")
}))
dates <- c("2001-06-05", "2002-10-20", "2002-12-01", "2004-03-11", "2006-09-09", "2007-05-15", "2009-11-02", "2010-11-12")
events <- as.integer(as.Date(dates)); long <- 90; wash <- 120
at_risk <- function(t) any(people$from <= t & people$stop > t)
clear <- function(t, own) !any(events >= t - wash & (if (own) events < t else events <= t))
until <- function(t) min(c(events[events > t] - t, long))
moved <- function(t, years) as.integer(seq(as.Date(t, origin = "1970-01-01"), by = paste(12 * years, "months"), length.out = 2)[2])
taken <- data.frame(a = integer(), b = integer()); windows <- NULL; n <- 0
for (e in events) {
  if (!at_risk(e) || !clear(e, TRUE)) next
  refs <- NULL
  for (side in c(-1, 1)) for (k in 1:3) {
    r <- moved(e, side * k)
    if (clear(r, FALSE) && at_risk(r) && !any(r < taken$b & taken$a < r + until(r))) { refs <- c(refs, r); break }
  }
  if (is.null(refs)) next
  windows <- rbind(windows, data.frame(trial = n, assigned = c(1, rep(0, length(refs))), day = c(e, refs)))
  taken <- rbind(taken, data.frame(a = refs, b = refs + sapply(refs, until))); n <- n + 1
}
common <- do.call(rbind, lapply(seq_len(nrow(windows)), function(w) {
  t <- windows$day[w]; p <- people[people$from <= t & people$stop > t, ]
  data.frame(windows[w, ], p, row.names = NULL, stop_at = pmin(p$stop - t, until(t)), end = ifelse(p$stop <= t + until(t), p$event, "censored"), clock = t - p$from)
}))
for (word in c("sentence_reduction", "death")) {
  common$hit <- as.integer(common$end == word); G <- length(unique(common$trial[common$hit == 1]))
  for (by in c("id", "trial")) {
    fit <- coxph(Surv(stop_at, hit) ~ assigned + clock + strata(trial), common, cluster = common[[by]], control = exact)
    say(paste("common", word), "assigned", paste("std_error", by), sqrt(vcov(fit)[1, 1] * G / (G - 1)))
  }
  say(paste("common", word), "assigned", "estimate", coef(fit)[[1]]); say(paste("common", word), "assigned", "trials", G)
}
say("common", "assigned", "n_person_trials", nrow(common)); say("common", "assigned", "n_trials", n)
write.csv(people[c("id", "origin", "from", "stop", "age", "event")], paste0(folder, "people.csv"), row.names = FALSE, quote = FALSE)
write.csv(data.frame(date = dates), paste0(folder, "events.csv"), row.names = FALSE, quote = FALSE)
write.csv(windows, paste0(folder, "windows.csv"), row.names = FALSE, quote = FALSE)
write.csv(d, paste0(folder, "data.csv"), row.names = FALSE, quote = FALSE)
pp$weight <- digits(pp$weight)
write.csv(pp[order(pp$trial, pp$assigned, pp$id, pp$start), c("trial", "id", "assigned", "start", "stop", "end", "weight")], paste0(folder, "expanded.csv"),
          row.names = FALSE, quote = FALSE)
write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "survival"), version = c(as.character(getRversion()), as.character(packageVersion("survival"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
