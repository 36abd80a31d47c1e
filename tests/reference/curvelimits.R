# Limits of survfit where a curve has no event yet, or everybody has had it: log-log for survival, log for incidences.
# Run from the root of the repository.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/curvelimits/"
dir.create(folder, showWarnings = FALSE)
d <- data.frame(
  t = c(1:8, 1:6, 2:5),
  end = c("censored", "release", "act", "act", "censored", "act", "release", "act",  # to the end of everybody
          "release", "censored", "censored", "release", "censored", "censored",        # without an act
          "censored", "censored", "censored", "censored"),                             # without any event
  g = rep(c("all", "no act", "nothing"), c(8, 6, 4)))
d$act <- as.integer(d$end == "act")
d$k <- factor(d$end, c("censored", "act", "release"))
write.csv(d[c("t", "end", "act", "g")], paste0(folder, "spells.csv"), row.names = FALSE, quote = FALSE)
times <- 2:5
s <- summary(survfit(Surv(t, act) ~ g, d, conf.type = "log-log"), times = c(times, 8))
found <- list(data.frame(what = "survival", g = s$strata, time = s$time, estimate = s$surv, std_error = s$std.err,
                         low = s$lower, high = s$upper))
s <- summary(survfit(Surv(t, k) ~ g, d, conf.type = "log"), times = c(times, 8))
for (k in 2:3)
  found[[k]] <- data.frame(what = c("", "act", "release")[k], g = s$strata, time = s$time, estimate = s$pstate[, k],
                           std_error = s$std.err[, k], low = s$lower[, k], high = s$upper[, k])
found <- do.call(rbind, found)
found$g <- sub("g=", "", found$g)
for (c in c("estimate", "std_error", "low", "high")) found[[c]] <- sprintf("%.15g", found[[c]])
write.csv(found, paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
write.csv(data.frame(what = c("R", "survival"), version = c(paste(R.version$major, R.version$minor, sep = "."),
          as.character(packageVersion("survival")))), paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
