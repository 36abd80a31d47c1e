# Errors of occurrence models under sampling weights, by R's sandwich: run from the root of the repository,
# Rscript tests/reference/samplingweights.R
# As svyglm of the package survey has them without strata: G / (G - 1) times the sandwich over cases, or over rows.
suppressPackageStartupMessages(library(sandwich))
folder <- "tests/reference/occurrence/"
d <- read.csv(paste0(folder, "simulated.csv")); d$group <- factor(d$group)
d$w <- d$weight / 4 + 0.1
out <- NULL
for (link in c("cloglog", "logit")) {
  fit <- suppressWarnings(glm(act ~ x + group + late + offset(log(months / 3)), binomial(link), d, weights = w,
                              control = glm.control(epsilon = 1e-15, maxit = 200)))
  n <- nrow(d)
  errors <- list(case = sqrt(diag(vcovCL(fit, cluster = ~case, type = "HC0", cadjust = TRUE))),
                 row = sqrt(diag(vcovHC(fit, type = "HC0")) * n / (n - 1)))
  for (name in names(errors))
    out <- rbind(out, data.frame(link = link, by = name, term = names(coef(fit)),
                                 estimate = sprintf("%.12g", coef(fit)), std_error = sprintf("%.12g", errors[[name]])))
}
write.csv(out, paste0(folder, "sampling.csv"), row.names = FALSE, quote = FALSE)
