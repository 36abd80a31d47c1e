# Reference values of cumulative hazards: run from the root of the repository, Rscript tests/reference/nelsonaalen.R
# (after comparison.R, whose data it reads). In every data set the cluster is (row - 1) %/% 3, the number of cases
# 1 + row %% 3 and the weight 1 + (row %% 3) / 2, rows counted from 1.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/"
text <- c(group = "character", stratum = "character")
all <- do.call(rbind, lapply(c("comparison_data.csv", "comparison_rdata.csv"), function(f) read.csv(paste0(folder, f), colClasses = text)))
rows <- list()
put <- function(data, what, fit) {
  s <- summary(fit)
  i <- unlist(tapply(seq_along(s$time), s$strata, function(at) at[seq(1, length(at), length.out = min(15, length(at)))]))
  rows[[length(rows) + 1]] <<- data.frame(data, what, group = sub("group=", "", s$strata)[i], at = s$time[i],
    estimate = sprintf("%.15g", s$cumhaz[i]), std_error = sprintf("%.15g", s$std.chaz[i]))
}
for (name in unique(all$data)) {
  d <- all[all$data == name & all$exit > 0, ]
  n <- nrow(d)
  d$c <- (seq_len(n) - 1) %/% 3; d$k <- 1 + seq_len(n) %% 3; d$w <- 1 + (seq_len(n) %% 3) / 2; d$id <- seq_len(n)
  put(name, "plain", survfit(Surv(entry, exit, event == 1) ~ group, d, robust = FALSE))
  put(name, "cases", survfit(Surv(entry, exit, event == 1) ~ group, d, weights = k, robust = FALSE))
  put(name, "cluster", survfit(Surv(entry, exit, event == 1) ~ group, d, cluster = c, robust = TRUE))
  put(name, "weights", survfit(Surv(entry, exit, event == 1) ~ group, d, weights = w, cluster = id, robust = TRUE))
}
out <- do.call(rbind, rows)
out$r <- as.character(getRversion()); out$survival <- as.character(packageVersion("survival"))
dir.create(paste0(folder, "nelsonaalen"), showWarnings = FALSE)
write.csv(out, paste0(folder, "nelsonaalen/expected.csv"), row.names = FALSE, quote = FALSE)
