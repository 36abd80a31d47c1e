# Holm's rule with R's p.adjust, also for families in which some hypotheses have no p value. Run from the root of the repository.
folder <- "tests/reference/holm/"
dir.create(folder, showWarnings = FALSE)
digits <- function(x) sprintf("%.15g", x)
families <- list(
  one_differs = c(0.0001, 0.2, 0.8, 0.4, 0.03, 0.6, 0.9, 0.07, 0.5, 0.011, 0.3, 1),
  steps_down = c(0.004, 0.0044, 0.0045, 0.0056, 0.0062, 0.0071, 0.0083, 0.0099, 0.012, 0.016, 0.024, 0.049),
  stops = c(0.001, 0.0046, 0.0051, 0.002, 0.001, 0.5),
  untested = c(0.0041, NA, 0.0045, 0.02, NA, 0.0049, 0.3, 0.0041, NA, 0.6, 0.012, NA)
)
rows <- lapply(names(families), function(name) {
  p <- families[[name]]
  # Those without a p value stay in the count.
  adjusted <- replace(rep(NA, length(p)), !is.na(p), p.adjust(p[!is.na(p)], "holm", n = length(p)))
  data.frame(family = name, p = digits(p), holm = digits(adjusted))
})
write.csv(do.call(rbind, rows), file.path(folder, "adjusted.csv"), row.names = FALSE, quote = FALSE)
