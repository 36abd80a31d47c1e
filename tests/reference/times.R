# Reference values where times are equal but for rounding, and where people leave at 0: run from the root of the
# repository, Rscript tests/reference/times.R. The data are made here too.
suppressPackageStartupMessages({library(survival); library(cmprsk)})
RNGversion("4.0.0"); set.seed(20261129)
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-14))
folder <- "tests/reference/times/"
found <- list()
put <- function(data, quantity, value) {
  value <- as.numeric(value)
  found[[length(found) + 1]] <<- data.frame(data, quantity, position = seq_along(value) - 1,
                                            value = sprintf("%.15g", value))
}
# Tenths of a month, computed along three ways that differ in the last bits.
tenths <- function(k) {
  added <- c(0, cumsum(rep(0.1, 40)))[k + 1]
  years <- k / 10 * (365.25 / 12) / (365.25 / 12)
  ifelse(seq_along(k) %% 3 == 0, k * 0.1, ifelse(seq_along(k) %% 3 == 1, added, years))
}
n <- 90
d <- data.frame(id = seq_len(n), x = round(rnorm(n), 2), g = sample(c("a", "b", "c"), n, TRUE),
                s = sample(c("u", "v"), n, TRUE), w = sample(1:4, n, TRUE) / 2)
k <- sample(3:24, n, TRUE, prob = 22:1)
d$event <- sample(0:2, n, TRUE, prob = c(0.3, 0.45, 0.25))
plain <- transform(d, entry = 0, exit = tenths(k))
late <- pmax(0, k - sample(2:9, n, TRUE)); late[sample(n, 30)] <- 0
delayed <- transform(d, entry = rev(tenths(rev(late))), exit = tenths(k))
# each case in two or three spells, whose ends and beginnings are computed along different ways
cuts <- lapply(seq_len(n), function(i) sort(sample(seq_len(k[i] - 1), min(k[i] - 1, i %% 3 + 1))))
spells <- do.call(rbind, lapply(seq_len(n), function(i) {
  from <- c(0, cuts[[i]]); to <- c(cuts[[i]], k[i]); m <- length(to)
  data.frame(d[rep(i, m), c("id", "g", "s", "w")], x = d$x[i] + seq_len(m) / 4, from, to, event = c(rep(0, m - 1), d$event[i]))
}))
spells <- transform(spells, entry = rev(tenths(rev(from))), exit = tenths(to))
zero <- transform(d, entry = 0, exit = ifelse(k <= 6, 0, k - 6))
columns <- c("id", "entry", "exit", "event", "x", "g", "s", "w")
data <- list(plain = plain, delayed = delayed, spells = spells, zero = zero)
for (name in names(data)) {
  out <- data[[name]][columns]
  for (c in c("entry", "exit")) out[[c]] <- sprintf("%.17g", out[[c]])
  write.csv(out, paste0(folder, name, ".csv"), row.names = FALSE, quote = FALSE)
}

for (name in names(data)) {
  d <- data[[name]]
  d$end <- factor(d$event, 0:2, c("censored", "act", "death"))
  d$any <- as.integer(d$event > 0); d$act <- as.integer(d$event == 1)
  late <- name %in% c("delayed", "spells")
  y <- if (late) Surv(d$entry, d$exit, d$any) else Surv(d$exit, d$any)
  ours <- if (late) Surv(d$entry, d$exit, d$act) else Surv(d$exit, d$act)
  at <- if (name == "zero") c(0, 1, 5, 12) else c(0.35, 0.65, 0.75, 1.25, 1.95)  # summary() has no tolerance
  # curves; robust = FALSE, as survfit takes the cases of the spells for clusters otherwise
  s <- summary(survfit(y ~ g, d, conf.type = "log-log", robust = FALSE), times = at, extend = TRUE)
  put(name, "survival", s$surv); put(name, "survival_error", ifelse(s$surv == 0, 0, s$std.err))
  put(name, "survival_low", s$lower); put(name, "survival_high", s$upper)
  fit <- survfit(y ~ 1, robust = FALSE)
  put(name, "times", fit$time[fit$n.event > 0]); put(name, "at_risk", fit$n.risk[fit$n.event > 0])
  put(name, "quantile", quantile(fit, c(0.2, 0.5, 0.7), conf.int = FALSE))
  until <- if (name == "zero") 9 else 1.7
  put(name, "mean", summary(fit, rmean = until)$table[c("rmean", "se(rmean)")])
  who <- d$id
  m <- if (late) survfit(Surv(entry, exit, end) ~ 1, d, id = who, conf.type = "log-log")
       else survfit(Surv(exit, end) ~ 1, d, id = who, conf.type = "log-log")
  m <- summary(m, times = at, extend = TRUE, rmean = until)
  put(name, "incidence", m$pstate[, 2:3]); put(name, "incidence_error", m$std.err[, 2:3])
  put(name, "incidence_low", m$lower[, 2:3]); put(name, "incidence_high", m$upper[, 2:3])
  put(name, "lost", m$table[2:3, "rmean"])
  if (!late) put(name, "logrank", survdiff(y ~ g, d)$chisq)
  # regressions
  for (ties in c("efron", "breslow")) {
    fit <- coxph(ours ~ x + g, d, ties = ties, control = tight)
    put(name, paste0(ties, "_coef"), coef(fit)); put(name, paste0(ties, "_var"), fit$var)
    put(name, paste0(ties, "_loglik"), fit$loglik)
  }
  fit <- coxph(ours ~ x + g + strata(s), d, weights = w, cluster = id, control = tight)
  put(name, "weighted_coef", coef(fit)); put(name, "weighted_var", fit$var)
  fit <- coxph(ours ~ x + g, d, control = tight)
  put(name, "martingale", residuals(fit, "martingale")); put(name, "deviance", residuals(fit, "deviance"))
  put(name, "schoenfeld", residuals(fit, "schoenfeld"))
  p <- summary(survfit(fit, newdata = data.frame(x = 0.5, g = "b")), times = at, extend = TRUE)
  put(name, "predicted", p$surv); put(name, "predicted_error", p$std.err)
  c <- concordance(fit)
  put(name, "concordance", c(c$concordance, sqrt(c$var), c$count[c("concordant", "discordant", "tied.x")]))
  for (scale in c("km", "rank", "identity", if (name != "zero") "log"))
    put(name, paste0("zph_", scale), cox.zph(fit, transform = scale)$table[, "chisq"])
  # competing ends
  if (name != "zero") {
    d$copy <- d$id
    fg <- if (late) finegray(Surv(entry, exit, end) ~ x + g + copy, d, etype = "act", id = id)
          else finegray(Surv(exit, end) ~ x + g + copy, d, etype = "act")
    fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ x + g, fg, weights = fgwt, control = tight, cluster = copy)
    put(name, "finegray_coef", coef(fit)); put(name, "finegray_var", fit$var)
  } else {  # finegray makes intervals without length of those who leave at 0
    crr.exit <- d$exit + 0.5 * (d$event == 0)  # at equal times crr lets events and censorings leave together
    fit <- crr(crr.exit, d$event, cbind(d$x, d$g == "b", d$g == "c"), gtol = 1e-10, maxiter = 50)
    put(name, "crr_coef", fit$coef)
    put(name, "gray", cuminc(d$exit, d$event, d$g)$Tests["1", "stat"])
    put(name, "cuminc", timepoints(cuminc(d$exit, d$event), at)$est["1 1", ])
  }
}
# An area past the last exit of a curve that has come to zero
fit <- survfit(Surv(exit, act) ~ 1, data.frame(exit = c(1, 2, 2, 3.5, 4), act = c(1, 1, 0, 1, 1)))
put("ended", "mean", summary(fit, rmean = 6)$table[c("rmean", "se(rmean)")])
write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
writeLines(c("what,version", paste0("R,", getRversion()), paste0("survival,", packageVersion("survival")),
             paste0("cmprsk,", packageVersion("cmprsk"))), paste0(folder, "versions.csv"))
