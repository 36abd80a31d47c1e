# Reference values of the study of agreement: Rscript _agreement.R spells.csv states.csv; prints JSON.
#
# `with` has each number with the entry. `dropped` has what comes out where the entry is used for the coefficients at most:
# a package that gives these has not used it for the number. `untied` has errors from scores that take no notice of ties.
suppressPackageStartupMessages(library(survival))
paths <- commandArgs(trailingOnly = TRUE)
d <- read.csv(paths[1])
d$end <- factor(d$kind, 0:2, c("censored", "act", "release"))
m <- read.csv(paths[2])
m$state <- factor(m$to, c("none", "reduced", "free"))
at <- c(5, 10, 20)

step <- function(times, values) approx(times, values, at, method = "constant", rule = 2, yleft = 0)$y
fine_gray <- function(response, ties = "efron") {
  long <- finegray(as.formula(paste(response, "~ x + z + id")), d, etype = "act", id = id)
  coxph(Surv(fgstart, fgstop, fgstatus) ~ x + z, long, weights = fgwt, cluster = id, ties = ties)
}
errors <- function(fit) sqrt(diag(vcov(fit)))
incidence <- function(curve) step(curve$time, curve$pstate[, which(curve$states == "act")])

fit <- coxph(Surv(entry, exit, event) ~ x + z, d)
hazard <- basehaz(fit, centered = FALSE)
fg <- fine_gray("Surv(entry, exit, end)")
states <- coxph(Surv(start, stop, state) ~ x + z, m, id = id, istate = from, ties = "breslow")
with <- list(
  cox = coef(fit),
  baseline = step(hazard$time, hazard$hazard),
  cluster = errors(coxph(Surv(entry, exit, event) ~ x + z, d, cluster = group)),
  concordance = concordance(fit)$concordance,
  proportionality = cox.zph(fit)$table[1:2, "p"],
  fine_gray = coef(fg),
  fine_gray_errors = errors(fg),
  incidence = incidence(survfit(Surv(entry, exit, end) ~ 1, d, id = id)),
  states = coef(states)
)

d$score <- d$x * coef(fit)[1] + d$z * coef(fit)[2]
clustered <- function(pulls) sqrt(diag(vcov(fit) %*% crossprod(rowsum(pulls, d$group)) %*% vcov(fit)))
dropped <- function(ties) {
  plain <- coxph(Surv(exit, event) ~ x + z, d, ties = ties)
  given <- basehaz(coxph(Surv(exit, event) ~ offset(score), d, ties = ties), centered = FALSE)
  given$hazard <- given$hazard * exp(-mean(d$score))  # R centres an offset
  at_fit <- coxph(Surv(exit, event) ~ x + z, d, init = coef(fit), iter = 0, ties = ties)
  sub <- fine_gray("Surv(exit, end)", ties)
  list(
    cox = coef(plain),
    baseline = step(given$time, given$hazard),
    cluster = clustered(residuals(at_fit, type = "score")),
    concordance = concordance(Surv(exit, event) ~ score, d, reverse = TRUE)$concordance,
    proportionality = cox.zph(plain)$table[1:2, "p"],
    fine_gray = coef(sub),
    fine_gray_errors = errors(sub),
    incidence = incidence(survfit(Surv(exit, end) ~ 1, d, id = id))
  )
}
at_fit <- coxph(Surv(entry, exit, event) ~ x + z, d, init = coef(fit), iter = 0, ties = "breslow")
untied <- list(cluster = clustered(residuals(at_fit, type = "score")))

written <- function(found) {
  numbers <- sapply(found, function(v) sprintf("[%s]", paste(sprintf("%.15g", v), collapse = ", ")))
  sprintf("{%s}", paste(sprintf('"%s": %s', names(found), numbers), collapse = ", "))
}
version <- paste0(packageVersion("survival"), " (R ", getRversion(), ")")
parts <- c(with = written(with), efron = written(dropped("efron")), breslow = written(dropped("breslow")),
           untied = written(untied))
cat(sprintf('{"version": "%s", %s}', version, paste(sprintf('"%s": %s', names(parts), parts), collapse = ", ")))
