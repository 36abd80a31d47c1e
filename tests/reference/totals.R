# Rates of totals by province: poisson.test of the sums, with its exact limits, per 1,000. Run from the root of the
# repository.
folder <- "tests/reference/totals/"
dir.create(folder, showWarnings = FALSE)
data <- data.frame(province = rep(c("Anhui", "Fujian", "Gansu", "Hebei"), each = 3),
                   year = rep(2015:2017, 4),
                   acts = c(2, 0, 2, 0, 2, 0, 0, 0, 0, 41, 37, 58),
                   py = c(100, 12.5, 120, 80, 90, 0, 7, 31, 12, 2500, 2610.75, 2588))
write.csv(data, paste0(folder, "data.csv"), row.names = FALSE, quote = FALSE)
one <- function(d, level) {
  test <- poisson.test(sum(d$acts), sum(d$py), conf.level = level)
  data.frame(province = d$province[1], level = level, acts = sum(d$acts), py = sum(d$py),
             estimate = 1000 * unname(test$estimate), low = 1000 * test$conf.int[1], high = 1000 * test$conf.int[2])
}
found <- do.call(rbind, lapply(c(0.95, 0.9), function(level) do.call(rbind, lapply(split(data, data$province), one, level))))
write.csv(format(found, digits = 15), paste0(folder, "limits.csv"), row.names = FALSE, quote = FALSE)
