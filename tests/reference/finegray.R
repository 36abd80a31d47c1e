# Reference values of the Fine-Gray fits: run from the root of the repository, Rscript tests/reference/finegray.R
suppressPackageStartupMessages({library(survival); library(cmprsk)})
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-14))
folder <- "tests/reference/finegray/"
found <- list()
put <- function(fit, quantity, value) {
  value <- as.numeric(value)
  found[[length(found) + 1]] <<- data.frame(fit = fit, quantity = quantity, position = seq_along(value) - 1,
                                            value = sprintf("%.15g", value))
}
run <- function(name, d, ties = "efron", strata = FALSE, weights = FALSE) {
  d$end <- factor(d$event, 0:2, c("censored", "act", "death"))
  if (!weights) d$w <- 1
  d$copy <- d$id; d$stratum <- d$s
  late <- any(d$entry > 0)
  formula <- if (late) { if (strata) Surv(entry, exit, end) ~ x + g + c + copy + stratum + strata(s) else Surv(entry, exit, end) ~ x + g + c + copy + stratum }
             else { if (strata) Surv(exit, end) ~ x + g + c + copy + stratum + strata(s) else Surv(exit, end) ~ x + g + c + copy + stratum }
  fg <- finegray(formula, d, etype = "act", id = id, weights = w)
  model <- if (strata) Surv(fgstart, fgstop, fgstatus) ~ x + g + strata(stratum) else Surv(fgstart, fgstop, fgstatus) ~ x + g
  fit <- coxph(model, fg, weights = fgwt, ties = ties, control = tight, cluster = copy)
  put(name, "coef", coef(fit)); put(name, "robust", fit$var); put(name, "var", fit$naive.var); put(name, "loglik", fit$loglik)
  clu <- coxph(model, fg, weights = fgwt, ties = ties, control = tight, cluster = c)
  put(name, "cluster", clu$var)
  if (!strata) {
    s <- summary(survfit(fit, newdata = data.frame(x = c(-0.5, 1), g = c("a", "c"))), times = c(5, 12, 20), extend = TRUE)
    put(name, "incidence", 1 - s$surv); put(name, "incidence_error", s$std.err)
  }
}
read <- function(name) read.csv(paste0(folder, name, ".csv"))
for (name in c("plain", "months", "delayed", "delayed_months")) {
  d <- read(name)
  for (t in c("efron", "breslow")) run(paste(name, t, sep = "-"), d, t)
  run(paste(name, "strata", sep = "-"), d, strata = TRUE)
  run(paste(name, "weights", sep = "-"), d, weights = TRUE)
}
# cmprsk's crr (Breslow, no delayed entry)
for (name in "plain") {
  d <- read(name)
  fit <- crr(d$exit, d$event, cbind(d$x, d$g == "b", d$g == "c"), gtol = 1e-10, maxiter = 50)
  put(paste(name, "crr", sep = "-"), "coef", fit$coef)
}
# time-varying covariates: each spell of one case cut in two
d <- read("delayed"); d$end <- factor(d$event, 0:2, c("censored", "act", "death"))
mid <- (d$entry + d$exit) / 2
a <- transform(d, exit = mid, end = factor("censored", levels(d$end))); b <- transform(d, entry = mid, x = x + 0.5)
d <- rbind(a, b); d <- d[order(d$id, d$entry), ]; d$copy <- d$id
fg <- finegray(Surv(entry, exit, end) ~ x + g + copy, d, etype = "act", id = id)
fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ x + g, fg, weights = fgwt, control = tight, cluster = copy)
put("varying", "coef", coef(fit)); put("varying", "robust", fit$var); put("varying", "loglik", fit$loglik)
write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
writeLines(c("what,version", paste0("R,", getRversion()), paste0("survival,", packageVersion("survival")),
             paste0("cmprsk,", packageVersion("cmprsk"))), paste0(folder, "versions.csv"))
