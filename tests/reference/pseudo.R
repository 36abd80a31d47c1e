# Reference values of pseudo-values: run from the root of the repository, Rscript tests/reference/pseudo.R
# Writes tests/reference/prediction/pseudo.csv (fit, quantity, position, value), the first 40 cases of each.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/prediction/"
read <- function(name) read.csv(paste0("tests/reference/cox/", name, ".csv"))
found <- list()
put <- function(fit, values) {
  values <- as.matrix(values)
  for (k in seq_len(ncol(values))) found[[length(found) + 1]] <<- data.frame(
    fit = fit, quantity = k - 1, position = seq_len(min(40, nrow(values))) - 1, value = sprintf("%.15g", head(values[, k], 40)))
}
gbsg2 <- read("gbsg2"); rossi <- read("rossi")
all <- survfit(Surv(time, cens) ~ 1, gbsg2); by <- survfit(Surv(time, cens) ~ horTh, gbsg2)
put("gbsg2 survival", pseudo(all, times = c(500, 1500), type = "survival"))
put("gbsg2 restricted_mean", pseudo(all, times = c(500, 1500), type = "rmst"))
put("gbsg2 survival by", pseudo(by, times = c(500, 1500), type = "survival"))
put("gbsg2 restricted_mean by", pseudo(by, times = c(500, 1500), type = "rmst"))
put("rossi survival", pseudo(survfit(Surv(week, arrest) ~ 1, rossi), times = c(10, 30, 52)))
e <- read.csv(paste0(folder, "accuracy_data.csv"))
e$end <- factor(e$end, 0:2, c("censored", "act", "death"))
fit <- survfit(Surv(time, end) ~ 1, e)
p <- pseudo(fit, times = c(4, 8), type = "pstate"); a <- pseudo(fit, times = c(4, 8), type = "sojourn")
put("ends incidence", p[, , 2]); put("ends survival", p[, , 1]); put("ends death", p[, , 3])
put("ends time_lost", a[, , 2]); put("ends restricted_mean", a[, , 1])
write.csv(do.call(rbind, found), paste0(folder, "pseudo.csv"), row.names = FALSE, quote = FALSE)
