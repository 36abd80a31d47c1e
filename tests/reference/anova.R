# Reference values of comparisons of nested models: run from the root of the repository, Rscript tests/reference/anova.R
# Writes tests/reference/prediction/anova.csv (fit, quantity, position, value).
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/prediction/"
read <- function(name) read.csv(paste0("tests/reference/cox/", name, ".csv"))
found <- list()
put <- function(fit, table) for (k in names(table)) {
  value <- as.numeric(table[[k]])
  found[[length(found) + 1]] <<- data.frame(fit = fit, quantity = k, position = seq_along(value) - 1, value = sprintf("%.15g", value))
}
named <- function(a) { names(a) <- c("loglik", "statistic", "df", "p_value"); as.list(a) }
rossi <- read("rossi"); mixed <- read("mixed"); gbsg2 <- read("gbsg2")
for (t in c("efron", "breslow")) {
  one <- coxph(Surv(week, arrest) ~ fin, rossi, ties = t); two <- coxph(Surv(week, arrest) ~ fin + age + prio, rossi, ties = t)
  null <- coxph(Surv(week, arrest) ~ 1, rossi, ties = t)
  put(paste("rossi", t), named(anova(null, one, two)))
  put(paste("rossi terms", t), named(anova(two)))
}
put("leukemia terms", named(anova(coxph(Surv(t, status) ~ logWBC + Rx, read("leukemia"), ties = "exact"))))
put("gbsg2 terms", named(anova(coxph(Surv(time, cens) ~ age + tgrade + pnodes + horTh + strata(menostat), gbsg2))))
one <- coxph(Surv(entry, exit, event) ~ x + strata(s), mixed); two <- coxph(Surv(entry, exit, event) ~ x * g + strata(s), mixed)
put("mixed", named(anova(one, two)))
cells <- data.frame(start = rep(c(0, 12, 24), 2), g = rep(c("a", "b"), each = 3), events = c(3, 5, 2, 6, 4, 1), months = c(120, 90, 40, 110, 80, 30))
fits <- list(glm(events ~ g + offset(log(months)), poisson, cells, epsilon = 1e-14), glm(events ~ g + start + offset(log(months)), poisson, cells, epsilon = 1e-14))
a <- anova(fits[[1]], fits[[2]], test = "Chisq")
put("cells", list(loglik = sapply(fits, logLik), statistic = a$Deviance, df = a$Df, p_value = a[["Pr(>Chi)"]]))
write.csv(do.call(rbind, found), paste0(folder, "anova.csv"), row.names = FALSE, quote = FALSE)
