# Regenerate every reference value with R: run from the root of the repository, Rscript tests/reference/make_reference.R
# Each script is run in a process of its own. Without the package lme4 the values of pooled rates stay as they are.
# The last needs the published data, which are not shipped: it is run where STEINERT2022 names their folder.
scripts <- c("cox.R", "finegray.R", "curves.R", "comparison.R", "curves_more.R", "occurrence.R", "recurrence.R",
             "causes.R", "eventstudy.R", "magnitude.R", "weighting.R", "trials.R", "observation.R", "pool.R",
             if (requireNamespace("lme4", quietly = TRUE)) "pooling.R",
             "imputed.R", "intervals.R", "causeintervals.R", "formulas.R", "stress.R", "totals.R", "times.R", "grouped.R",
             "rateratios.R", "holm.R", "states.R", "nelsonaalen.R", "prediction.R", "nulls.R", "logrank.R", "concordance.R",
             "ratetable.R", "accuracy.R", "anova.R", "pseudo.R", "parametric.R", "shares.R", "multiplesystems.R", "ordinal.R", "frailty.R",
             if (nzchar(Sys.getenv("STEINERT2022"))) "steinert.R")
for (script in scripts) {
  path <- file.path("tests/reference", script)
  if (file.exists(path) && system2("Rscript", path) != 0) stop(path, " failed")
}
