# Cumulative incidence from cause-specific Cox models of all ends: survfit of a multi-state coxph. Run from the root of the repository.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/causes/"
dir.create(folder, showWarnings = FALSE)
m <- mgus2[!is.na(mgus2$mspike), ][1:500, ]
m$months <- ifelse(m$pstat == 1, m$ptime, m$futime)
m$end <- factor(ifelse(m$pstat == 1, 1, 2 * m$death), 0:2, c("censored", "progression", "death"))
m <- m[m$months > 0, c("id", "age", "sex", "mspike", "months", "end")]
m$time <- m$months + seq_len(nrow(m)) / 1000  # without ties
write.csv(m, paste0(folder, "mgus.csv"), row.names = FALSE, quote = FALSE)
new <- data.frame(age = c(60, 80), sex = factor(c("F", "M"), levels = levels(m$sex)), mspike = c(0.5, 2))
times <- c(12, 60, 120, 240)
tight <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15)
found <- list()
for (kind in c("plain", "different formulas", "strata")) {
  fit <- switch(kind,
    "plain" = coxph(Surv(time, end) ~ age + sex + mspike, m, id = id, control = tight),
    "different formulas" = coxph(list(Surv(time, end) ~ age, 1:2 ~ mspike, 1:3 ~ sex), m, id = id, control = tight),
    "strata" = coxph(Surv(time, end) ~ age + mspike + strata(sex), m, id = id, control = tight))
  s <- survfit(fit, newdata = new)
  size <- if (kind == "strata") s$strata else length(s$time)
  for (row in 1:2) {
    part <- if (kind == "strata") row else 1                 # the rows' own strata, F and M, in this order
    there <- sum(size[seq_len(part - 1)]) + seq_len(size[part])
    last <- there[findInterval(times, s$time[there])]
    found[[length(found) + 1]] <- data.frame(kind = kind, row = row - 1, time = rep(times, 2),
      outcome = rep(c("progression", "death"), each = 4), value = sprintf("%.15g", c(s$pstate[last, row, 2:3])))
  }
}
# In whole months. The hazards of survfit for a multi-state model are below those of the same models fitted one by one
# where events are tied (survival 3.5-3), so the single models' hazards are joined by hand, by the same formula.
one <- lapply(c("progression", "death"), function(k)
  survfit(coxph(Surv(months, end == k) ~ age + sex + mspike, m, control = tight), newdata = new))
for (row in 1:2) {
  h <- sapply(one, function(s) diff(c(0, s$cumhaz[, row]))); L <- rowSums(h)
  share <- exp(-(cumsum(L) - L)) * ifelse(L > 0, (1 - exp(-L)) / L, 1)
  found[[length(found) + 1]] <- data.frame(kind = "months", row = row - 1, time = rep(times, 2),
    outcome = rep(c("progression", "death"), each = 4),
    value = sprintf("%.15g", apply(share * h, 2, cumsum)[findInterval(times, one[[1]]$time), ]))
}
write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "survival"), version = c(as.character(getRversion()), as.character(packageVersion("survival"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
