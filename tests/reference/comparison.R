# Reference values of the tests of groups: run from the root of the repository, Rscript tests/reference/comparison.R
# (after comparison_data.py). Data of R's survival are written to comparison_rdata.csv.
suppressPackageStartupMessages({library(survival); library(cmprsk)})
folder <- "tests/reference/"
rows <- list()
put <- function(data, test, strata, rho, outcome, statistic, df) {
  rows[[length(rows) + 1]] <<- data.frame(data, test, strata, rho, outcome, statistic = sprintf("%.15g", statistic), df)
}
part <- function(data, exit, event, group, stratum = 0, entry = 0) {
  d <- data.frame(data, entry, exit, event, group = as.character(group), stratum = as.character(stratum))
  d[complete.cases(d), ]
}
p <- mgus2
b <- bladder1[bladder1$stop > bladder1$start, ]
own <- rbind(
  part("lung", lung$time, lung$status - 1, lung$sex, lung$ph.ecog),
  part("aml", aml$time, aml$status, aml$x),
  part("veteran", veteran$time, veteran$status, veteran$celltype, veteran$trt),
  part("mgus2", ifelse(p$pstat == 1, p$ptime, p$futime), ifelse(p$pstat == 1, 1, 2 * p$death), p$sex, p$age > 70),
  part("bladder1", b$stop, ifelse(b$status > 1, 2, b$status), b$treatment, pmin(b$number, 3), b$start)
)
write.csv(own, paste0(folder, "comparison_rdata.csv"), row.names = FALSE, quote = FALSE)

all <- rbind(read.csv(paste0(folder, "comparison_data.csv"), colClasses = c(group = "character", stratum = "character")), own)
for (name in unique(all$data)) {
  d <- all[all$data == name & all$exit > 0, ]
  k <- length(unique(d$group)) - 1
  late <- any(d$entry > 0)
  for (outcome in sort(unique(d$event[d$event > 0]))) {
    for (s in c(FALSE, TRUE)) {
      if (s && length(unique(d$stratum)) == 1) next
      d$s <- if (s) d$stratum else "0"
      d$ours <- d$event == outcome
      # the exact likelihood is conditional logistic within risk sets; listed one by one, they do without coxph's own
      # algorithm for (start, stop] data, which takes hours where many events are tied
      sets <- unique(d[d$ours, c("exit", "s")])
      listed <- do.call(rbind, lapply(seq_len(nrow(sets)), function(i) {
        t <- sets$exit[i]
        m <- d[d$s == sets$s[i] & d$entry < t & d$exit >= t, ]
        data.frame(set = i, group = m$group, case = m$ours & m$exit == t)
      }))
      fit <- coxph(Surv(rep(1, nrow(listed)), case) ~ group + strata(set), listed, ties = "exact", iter.max = 0)
      put(name, "cox", s, 0, outcome, fit$score, k)
      if (late) next
      for (rho in c(0, 0.5, 1)) {
        f <- if (s) survdiff(Surv(exit, ours) ~ group + strata(s), d, rho = rho) else survdiff(Surv(exit, ours) ~ group, d, rho = rho)
        put(name, "survdiff", s, rho, outcome, f$chisq, k)
        # cmprsk divides by zero or takes a root below zero where the last of all has the event: no reference then
        g <- tryCatch(cuminc(d$exit, d$event, d$group, d$s, rho = rho)$Tests, error = function(e) NULL)
        if (is.null(g)) { message("no cuminc: ", name, " ", s, " ", rho); next }
        put(name, "cuminc", s, rho, outcome, g[as.character(outcome), "stat"], g[as.character(outcome), "df"])
      }
    }
  }
}
out <- do.call(rbind, rows)
out$r <- as.character(getRversion())
out$survival <- as.character(packageVersion("survival"))
out$cmprsk <- as.character(packageVersion("cmprsk"))
write.csv(out, paste0(folder, "comparison.csv"), row.names = FALSE, quote = FALSE)
