# What R gives for the models of C. V. Steinert (2022), "The duration of political imprisonment: Evidence from China",
# Journal of Conflict Resolution, from the data that its author published. Written from the description of the models;
# estimates only, no rows of persons. Run from the root of the repository, with STEINERT2022 = the folder of the data.
suppressPackageStartupMessages({library(survival); library(cmprsk)})
data <- Sys.getenv("STEINERT2022")
folder <- "tests/reference/steinert/"
dir.create(folder, showWarnings = FALSE)
load(file.path(data, "final_pprisdat.RData")); load(file.path(data, "complete_pprisdat.RData"))
rows <- list()
# value: carried to convergence; printed: what the author's call prints, which may stop short of it.
put <- function(finding, quantity, value, digits, unit, printed = value)
  rows[[length(rows) + 1]] <<- data.frame(finding = finding, quantity = quantity, value = sprintf("%.12g", as.numeric(value)),
    printed = sprintf("%.*f", digits, as.numeric(printed)), unit = unit)
slug <- function(x) { x <- sub(" (Shi|Province|Zhuang|Hui|Uyghur|Auto|\\[|SAR).*$", "", x); gsub("[^A-Za-z0-9]+", "_", x) }

# Sample -----------------------------------------------------------------------------------------------------------
d <- final_pprisdat
d$status <- ifelse(d$released == 1, 2, ifelse(d$currently_detained == 1, 1, NA))
d$months <- ifelse(d$died_in_prison == 1 | d$escaped == 1 | d$executed == 1 | d$detentiontime_months < 0, NA,
  d$detentiontime_months)
d$Y <- format(d$date_of_detention_coarse_unrounded, "%Y")
d$prov <- d$province_imprisoned_detained
at_risk <- !is.na(d$months) & !is.na(d$status)
known <- !is.na(d$ethnic_group); coded <- !is.na(d$crim_act)
n <- d[known & coded, ]; ca <- d[coded, ]
f <- "sample"
for (k in c("currently_detained", "released", "escaped", "died_in_prison")) put(f, k, sum(d[[k]]), 0, "persons")
put(f, "n_at_risk", sum(at_risk), 0, "persons"); put(f, "n_released", sum(d$status[at_risk] == 2), 0, "persons")
put(f, "coding_errors", sum(d$detentiontime_months < 0, na.rm = TRUE), 0, "persons")
put(f, "with_ethnicity_and_action", nrow(n), 0, "persons"); put(f, "with_action", nrow(ca), 0, "persons")
put(f, "charged", 100 * mean(cecc$Charged, na.rm = TRUE), 1, "percent"); put(f, "not_charged", 100 - 100 * mean(cecc$Charged, na.rm = TRUE), 1, "percent")

# Figure 1, durations, figures 2 to 4, appendix ------------------------------------------------------------------------
f <- "figure1"
km <- survfit(Surv(months, status) ~ 1, d); s <- summary(km, times = seq(0, 200, 25), extend = TRUE)
for (i in seq_along(s$time)) {
  put(f, paste0("at_risk_", s$time[i]), s$n.risk[i], 0, "persons")
  put(f, paste0("released_", s$time[i]), sum(km$n.event[km$time <= s$time[i]]), 0, "persons")
  put(f, paste0("censored_", s$time[i]), sum(km$n.censor[km$time <= s$time[i]]), 0, "persons")
  put(f, paste0("survival_", s$time[i]), s$surv[i], 3, "probability")
}
put(f, "median", summary(km)$table["median"], 0, "months")
free <- d$months[which(d$status == 2)]
f <- "durations"
put(f, "mean", mean(free, na.rm = TRUE), 2, "months"); put(f, "median", median(free, na.rm = TRUE), 0, "months")
put(f, "max", max(free, na.rm = TRUE), 0, "months")
long <- sort(n$months, decreasing = TRUE)
for (i in 1:3) put(f, paste0("longest_", i), long[i], 0, "months")
f <- "figure2"
out <- d[d$currently_detained == 0, ]
for (p in sort(unique(out$prov[!is.na(out$months)])))
  put(f, paste0("mean_", slug(p)), mean(out$months[which(out$prov == p)], na.rm = TRUE), 2, "months")
for (p in sort(unique(d$prov))) put(f, paste0("n_", slug(p)), sum(d$prov == p, na.rm = TRUE), 0, "persons")
counts <- function(f, x, prefix) { t <- table(x, useNA = "ifany"); names(t)[is.na(names(t))] <- "missing"
  for (k in names(t)) put(f, paste0(prefix, gsub("[^A-Za-z]+", "_", k)), t[[k]], 0, "persons") }
counts("figure3", d$crim_act, "n_")
counts("groups", d$ethnicity, "ethnicity_"); counts("groups", d$confession, "religion_")
f <- "figure4"
for (k in sort(unique(na.omit(out$crim_act)))) {
  x <- na.omit(out$months[which(out$crim_act == k)]); half <- 1.96 * sd(x) / sqrt(length(x))
  put(f, paste0("n_", k), length(x), 0, "persons"); put(f, paste0("mean_", k), mean(x), 2, "months")
  put(f, paste0("low_", k), mean(x) - half, 2, "months"); put(f, paste0("high_", k), mean(x) + half, 2, "months")
}
f <- "over-time"
since <- as.Date("2000-01-01")
for (k in c("detention", "release")) {
  x <- d[[paste0("date_of_", k, "_coarse")]]; x <- x[!is.na(x)]
  put(f, paste0(k, "_dated"), length(x), 0, "persons"); put(f, paste0(k, "_after_2000_01"), sum(x > since), 0, "persons")
  put(f, paste0(k, "_most_on_one_date"), max(table(x[x > since])), 0, "persons")
  for (y in c(1989, 1995, 2008, 2009, 2014, 2019)) put(f, paste0(k, "_", y), sum(format(x, "%Y") == y), 0, "persons")
}
f <- "appendix-table1"
for (k in c("months", "HCAP_MAX", "HCAP_MIN", "LCAP_MAX", "LCAP_MIN", "Male", "Ethnic_Tibetan", "Ethnic_Uyghur",
  "Other_ethnic_minorities", "Muslim", "Christian", "FalunGong", "Buddhist", "Other_religious_groups", "Journalist",
  "Worker", "Lawyer", "Entrepreneur", "Student", "Professor", "Unemployed", "Charged", "Recidivists",
  "Focalevent_detention", "Mass_amnesty")) {
  x <- na.omit(n[[k]])
  put(f, paste0("n_", k), length(x), 0, "persons"); put(f, paste0("mean_", k), mean(x), 3, "share")
  put(f, paste0("sd_", k), sd(x), 3, "share")
}
put(f, "min_months", min(n$months, na.rm = TRUE), 0, "months"); put(f, "max_months", max(n$months, na.rm = TRUE), 0, "months")
for (k in c("Ethnic_Uyghur", "Ethnic_Tibetan", "Other_ethnic_minorities", "Ethnic_Han", "Muslim", "Buddhist", "Christian",
  "FalunGong", "Other_religious_groups", "Charged", "Female", "Male", "Worker", "Student", "Lawyer")) {
  x <- if (k == "Female") as.numeric(n$Sex == "F") else if (k == "Male") as.numeric(n$Sex == "M") else n[[k]]
  for (a in c("HCAP_MAX", "HCAP_MIN", "LCAP_MIN", "LCAP_MAX"))
    put("appendix-table2", paste0(k, "_", a), sum(x == 1 & n[[a]] == 1, na.rm = TRUE), 0, "persons")
}
by <- tapply(out$months, out$charge_statute, mean); size <- table(out$charge_statute)
by <- by[!is.na(by)]
f <- "appendix-table15"
put(f, "statutes", length(by), 0, "statutes")
for (k in names(by)[size[names(by)] >= 5]) {
  put(f, paste0("mean_", slug(k)), by[[k]], 2, "months"); put(f, paste0("n_", slug(k)), size[[k]], 0, "persons") }
f <- "missing"
for (k in c("crim_act", "ethnicity", "Male", "Charged", "Y"))
  put(f, paste0("missing_", k), 100 * mean(is.na(d[[k]])), 0, "percent")

# Cox models -----------------------------------------------------------------------------------------------------------
actions <- c("HCAP_MAX", "HCAP_MIN", "LCAP_MAX")
ethnic <- c("Ethnic_Tibetan", "Ethnic_Uyghur", "Other_ethnic_minorities")
faith <- c("Muslim", "Christian", "FalunGong", "Buddhist", "Other_religious_groups")
work <- c("Journalist", "Worker", "Lawyer", "Entrepreneur", "Student", "Professor", "Unemployed")
rest <- c("Charged", "Sex", "Recidivists", "Focalevent_detention")
main <- c(actions, ethnic, faith, work, rest)
short <- setdiff(main, "Unemployed")
year <- "factor(Y)"; place <- "factor(prov)"
# The author's fits stop at the default criterion, which gives the same printed digits.
tight <- coxph.control(eps = 1e-12, iter.max = 50, toler.chol = 1e-15)
fit <- function(x, data, weighted = FALSE) {
  formula <- as.formula(paste("Surv(months, status) ~", paste(x, collapse = "+")))
  suppressWarnings(if (weighted) coxph(formula, data, weights = w, control = tight) else coxph(formula, data, control = tight))
}
shown <- function(x) { x <- sub("^factor\\(prov\\)", "prov ", x); ifelse(grepl("^prov ", x), paste0("prov_", slug(sub("^prov ", "", x))), x) }
cox <- function(finding, prefix, m, places = FALSE) {
  k <- summary(m)$coefficients
  se <- if ("robust se" %in% colnames(k)) k[, "robust se"] else k[, "se(coef)"]
  keep <- !is.na(k[, 1]) & k[, "se(coef)"] < 50 & !grepl("factor\\(Y\\)", rownames(k)) & (places | !grepl("factor\\(prov\\)", rownames(k)))
  for (i in which(keep)) { q <- shown(rownames(k)[i])
    put(finding, paste0(prefix, "_hr_", q), exp(k[i, 1]), 3, "hazard ratio"); put(finding, paste0(prefix, "_se_", q), se[i], 3, "standard error of the logarithm") }
  put(finding, paste0(prefix, "_n"), m$n, 0, "persons"); put(finding, paste0(prefix, "_events"), m$nevent, 0, "releases")
  put(finding, paste0(prefix, "_loglik"), m$loglik[2], 3, "log-likelihood")
  if (is.null(m$weights)) put(finding, paste0(prefix, "_lr"), 2 * diff(m$loglik), 3, "chi-squared")
  lost <- rownames(k)[is.na(k[, 1]) | k[, "se(coef)"] >= 50]
  if (length(lost)) cat(prefix, "without a maximum:", lost, "\n")
  invisible(m)
}
m1 <- cox("appendix-table3", "m1", fit(main, n)); m2 <- cox("appendix-table3", "m2", fit(c(main, year), n))
m3 <- cox("appendix-table3", "m3", fit(c(main, place), n), TRUE)
m4 <- cox("appendix-table3", "m4", fit(c(main, year, place), n), TRUE)
ci <- exp(confint(m1)); for (k in rownames(ci)) {
  put("figure5", paste0("hr_", k), exp(coef(m1)[[k]]), 2, "hazard ratio")
  put("figure5", paste0("low_", k), ci[k, 1], 2, "hazard ratio"); put("figure5", paste0("high_", k), ci[k, 2], 2, "hazard ratio") }
m4b <- cox("figure6", "m4b", fit(c(short, year, place), n))
used <- n[complete.cases(n[, c("months", "status", short, "Y", "prov")]), ]
for (u in 0:1) { curve <- survfit(m4b, newdata = transform(used, Ethnic_Uyghur = u)); s <- rowMeans(summary(curve, times = c(25, 50, 100, 150, 200))$surv)
  for (i in 1:5) put("figure6", paste0(c("others", "uyghur")[u + 1], "_", c(25, 50, 100, 150, 200)[i]), s[i], 3, "probability") }
m5 <- cox("unknown-as-han", "m5", fit(main, ca)); m6 <- cox("unknown-as-han", "m6", fit(c(main, year), ca))
m7 <- cox("unknown-as-han", "m7", fit(c(short, place), ca)); m8 <- cox("unknown-as-han", "m8", fit(c(short, year, place), ca))
m9 <- cox("age-and-amnesty", "m9", fit(c(main, "Age"), n))
m10 <- cox("age-and-amnesty", "m10", fit(c(main, "Age", "Mass_amnesty"), d))
days <- as.Date(c("1995-10-06", "1996-08-30", "2013-11-12", "2009-05-09"))
d$amnesty_a <- as.numeric(d$actual_dat_released %in% days); d$amnesty_b <- as.numeric(d$actual_dat_released %in% days[1])
m10a <- cox("age-and-amnesty", "m10_a", fit(c(main, "Age", "amnesty_a"), d))
m11 <- cox("appendix-table5", "m11", fit(c(short, year, place), n[which(n$months < 305), ]), TRUE)
base <- c(actions, work, "Recidivists", "Focalevent_detention")
steps <- list("Charged", "Sex", "Ethnic_Tibetan", c("Ethnic_Uyghur", "Other_ethnic_minorities"), "Muslim",
  c("Christian", "FalunGong", "Buddhist", "Other_religious_groups"), year, place)
x <- base; cox("one-by-one", "s1", fit(x, n))
for (i in seq_along(steps)) { x <- c(x, steps[[i]]); cox("one-by-one", paste0("s", i + 1), fit(x, n)) }

# Matching: exact on binary covariates, weights for the effect on the treated -------------------------------------------
used <- c("Charged", "Male", "months", "status", "prov")
match_on <- function(data, by) {
  data <- data[complete.cases(data[, c(used, main[main != "Sex"])]), ]
  cell <- interaction(data[, by], drop = TRUE); uyghur <- data$Ethnic_Uyghur == 1
  t <- as.numeric(tapply(uyghur, cell, sum)[cell]); c <- as.numeric(tapply(!uyghur, cell, sum)[cell])
  keep <- t > 0 & c > 0
  w <- ifelse(uyghur, 1, t / c) * keep
  w[!uyghur & keep] <- w[!uyghur & keep] * sum(!uyghur & keep) / sum(w[!uyghur & keep])
  data$w <- as.numeric(w); list(all = data, matched = data[keep, ])
}
third <- setdiff(c(actions, ethnic, faith, work, "Charged", "Male", "Recidivists", "Focalevent_detention"), "Unemployed")
sets <- list(m_match1 = match_on(n, c("Charged", "Male", "LCAP_MAX")), m_match2 = match_on(n, c("Charged", "Male", "LCAP_MIN")),
  m_match3 = match_on(d, c("Charged", "Male", "LCAP_MAX")), m_match4 = match_on(d, c("Charged", "Male", "LCAP_MIN")))
for (k in names(sets)) {
  x <- c(actions, if (k %in% c("m_match3", "m_match4")) "LCAP_MIN", setdiff(third, actions))
  finding <- if (k == "m_match1") "appendix-table4" else "matching"
  s <- sets[[k]]$matched
  cox(finding, k, fit(c(x, year, place), s, TRUE), k == "m_match1")
  put(finding, paste0(k, "_treated"), sum(s$Ethnic_Uyghur), 0, "persons"); put(finding, paste0(k, "_controls"), sum(1 - s$Ethnic_Uyghur), 0, "persons")
  put(finding, paste0(k, "_effective_controls"), with(s[s$Ethnic_Uyghur == 0, ], sum(w)^2 / sum(w^2)), 2, "persons")
}
plain <- cox("matching", "m_match1_plain", fit(third, sets$m_match1$matched, TRUE))
for (k in c("Charged", "Male", "LCAP_MAX")) { a <- sets$m_match1$all; s <- sets$m_match1$matched
  gap <- function(z, w) weighted.mean(z[z$Ethnic_Uyghur == 1, k], w[z$Ethnic_Uyghur == 1]) - weighted.mean(z[z$Ethnic_Uyghur == 0, k], w[z$Ethnic_Uyghur == 0])
  put("matching", paste0("gap_before_", k), gap(a, rep(1, nrow(a))), 3, "difference of shares")
  put("matching", paste0("gap_after_", k), round(gap(s, s$w), 9) + 0, 3, "difference of shares") }

# Parts of the sample and other codings -----------------------------------------------------------------------------------
noc <- setdiff(short, "Charged"); nor <- setdiff(noc, "Other_religious_groups")
cox("subsamples", "m12_places", fit(c(noc, place), n[which(n$Charged == 1), ]))
m12 <- cox("subsamples", "m12", fit(noc, n[which(n$Charged == 1), ]))
cox("subsamples", "m13_both", fit(c(nor, year, place), d[which(d$Charged == 0), ]))
m13 <- cox("subsamples", "m13", fit(nor, d[which(d$Charged == 0), ]))
lmin <- n[which(n$LCAP_MIN == 1), ]; noa <- setdiff(short, actions)
cox("subsamples", "m14_places", fit(c(noa, place), lmin))
m14 <- cox("subsamples", "m14", fit(setdiff(noa, c("Recidivists", "Focalevent_detention")), lmin))
n$maximalist <- pmax(n$LCAP_MAX, n$HCAP_MAX); n$HCAP <- pmax(n$HCAP_MAX, n$HCAP_MIN)
cox("demands", "m16", fit(c("maximalist", noa, year, place), n)); cox("demands", "m16b", fit(c("HCAP", noa, year, place), n))
again <- function(third) { key <- paste(n$main.name, n$ethnicity, third, sep = "_"); as.numeric(ave(seq_along(key), key, FUN = seq_along) > 1) }
n$Recidivists2 <- again(n$religion_coarse); n$Recidivists3 <- again(n$residence_county)
for (i in 2:3) { x <- main; x[x == "Recidivists"] <- paste0("Recidivists", i)
  put("recidivism", paste0("again_", i), sum(n[[paste0("Recidivists", i)]]), 0, "persons"); cox("recidivism", paste0("m1", 6 + i), fit(c(x, year, place), n)) }
cox("appendix-table9", "m", fit(c(ethnic, faith, year, place), n), TRUE)
s1 <- cox("appendix-table8", "s1", fit(c("strata(Christian)", "strata(Charged)", "strata(LCAP_MAX)", setdiff(main, c("Christian", "Charged", "LCAP_MAX"))), n))
s2 <- cox("appendix-table8", "s2", fit(c("strata(Charged)", "strata(LCAP_MAX)", "strata(Y)", setdiff(main, c("Charged", "LCAP_MAX"))), n))
s3 <- cox("appendix-table8", "s3", fit(c(setdiff(third, c("Muslim", "Charged", "Focalevent_detention")), "strata(Muslim)", "strata(Charged)", "strata(prov)"), sets$m_match1$matched, TRUE))
f <- "proportionality"
for (k in c("m1", "m5", "m9", "m10", "m12", "m13", "m14", "plain", "s1", "s2", "s3")) {
  z <- tryCatch(cox.zph(get(k))$table, error = function(e) { cat("zph", k, conditionMessage(e), "\n"); NULL })
  if (!is.null(z)) for (i in if (k %in% c("m1", "s1", "s2")) rownames(z) else "GLOBAL") { put(f, paste0(k, "_chisq_", i), z[i, 1], 3, "chi-squared"); put(f, paste0(k, "_p_", i), z[i, 3], 3, "p-value") }
}

# Logistic regressions ------------------------------------------------------------------------------------------------------
logit <- function(finding, prefix, formula, data) {
  m <- suppressWarnings(glm(as.formula(formula), binomial, data)); k <- summary(m)$coefficients
  end <- suppressWarnings(glm(as.formula(formula), binomial, data, epsilon = 1e-15, maxit = 60)); best <- summary(end)$coefficients
  for (i in which(k[, 2] < 50)) { q <- gsub("[():]", "_", sub("^\\(Intercept\\)$", "Intercept", rownames(k)[i]))
    put(finding, paste0(prefix, "_b_", q), best[i, 1], 3, "log odds ratio", k[i, 1]); put(finding, paste0(prefix, "_se_", q), best[i, 2], 3, "standard error", k[i, 2]) }
  if (any(k[, 2] >= 50)) cat(prefix, "logit without a maximum:", rownames(k)[k[, 2] >= 50], "\n")
  put(finding, paste0(prefix, "_n"), nobs(m), 0, "persons"); put(finding, paste0(prefix, "_loglik"), logLik(end), 3, "log-likelihood", logLik(m)); put(finding, paste0(prefix, "_aic"), AIC(end), 3, "AIC", AIC(m))
  invisible(m)
}
i <- 0; for (a in c("HCAP_MIN", "HCAP_MAX", "LCAP_MAX", "LCAP_MIN")) { i <- i + 1
  logit("appendix-table11", paste0("check", i), paste(a, "~ Ethnic_Uyghur + Ethnic_Tibetan + Other_ethnic_minorities"), n) }
cecc$Other_ethnic_minorities <- as.numeric(cecc$ethnic_group %in% c("Ewenki", "Hui", "Kazak", "Kirgiz", "Korean", "Manchu", "Miao", "Mongol", "She", "Tatar", "Tujia", "Uzbek", "Yao", "Yi"))
dead <- logit("appendix-table10", "deaths", "died_in_prison ~ Ethnic_Tibetan + Ethnic_Uyghur + Age + Other_ethnic_minorities + Muslim + Christian + FalunGong + Buddhist + Journalist + Worker + Lawyer + Student + Professor + Charged + Sex + Recidivists", cecc)
put("appendix-table10", "deaths_events", sum(dead$y), 0, "deaths"); put("appendix-table10", "deaths_all", sum(cecc$died_in_prison), 0, "deaths")
put("appendix-table10", "deaths_or_Ethnic_Uyghur", exp(coef(dead)["Ethnic_Uyghur"]), 2, "odds ratio")

# Competing risks: the deaths of the whole database are added to the sample, those of the sample a second time -----------
z <- cecc[cecc$died_in_prison == 1, ]
for (k in setdiff(names(d), names(z))) z[[k]] <- NA
z$months <- NA; extra <- setdiff(names(z), names(d)); z <- z[, setdiff(names(z), extra)]
z$Other_ethnic_minorities <- NA; z$Other_religious_groups <- NA
both <- rbind(d[, names(z)], z)
served <- ifelse(is.na(both$current_last_sentence_or_time_served_months), 12 * both$current_last_sentence_or_time_served_years, both$current_last_sentence_or_time_served_months)
both$time <- ifelse(both$died_in_prison == 1 & !is.na(served), served, both$months)
both$end <- ifelse(both$released == 1, 2, ifelse(both$died_in_prison == 1, 1, ifelse(both$currently_detained == 1, 0, NA)))
blank <- function(x, why) ifelse(why & both$died_in_prison != 1, NA, x)
for (k in c("Ethnic_Tibetan", "Ethnic_Uyghur")) both[[k]] <- blank(both[[k]], is.na(both$ethnicity))
for (k in actions) both[[k]] <- blank(both[[k]], is.na(both$crim_act))
f <- "figure8"
put(f, "deaths_with_time", sum(both$end == 1 & !is.na(both$time), na.rm = TRUE), 0, "deaths")
put(f, "deaths_counted_twice", sum(duplicated(both$CECC_record_number[which(both$end == 1 & !is.na(both$time))])), 0, "deaths")
ok <- !is.na(both$time) & !is.na(both$end); g <- both[ok, ]
ci <- cuminc(g$time, g$end)
ms <- survfit(Surv(time, factor(end, 0:2, c("c", "died", "released"))) ~ Ethnic_Uyghur, g)
at <- c(12, 24, 60, 120, 180)
put(f, "n", nrow(g), 0, "persons")
for (k in 1:2) { q <- c("died", "released")[k]; x <- timepoints(ci, at)$est
  for (j in seq_along(at)) put(f, paste0("all_", q, "_", at[j]), x[k, j], 3, "probability") }
w <- summary(ms, times = at, extend = TRUE)
for (j in seq_along(w$time)) { g1 <- ifelse(grepl("=1", w$strata[j]), "uyghur", "others")
  put(f, paste0(g1, "_died_", w$time[j]), w$pstate[j, 2], 3, "probability"); put(f, paste0(g1, "_released_", w$time[j]), w$pstate[j, 3], 3, "probability") }
order <- c("Male", "Student", "Ethnic_Uyghur", "Ethnic_Tibetan", "Charged", "HCAP_MAX", "Recidivists", "HCAP_MIN", "LCAP_MAX", "FalunGong",
  "Journalist", "Worker", "Other_ethnic_minorities", "Professor", "Buddhist", "Muslim", "Christian", "Other_religious_groups", "Lawyer")
f <- "appendix-table7"
cr <- crr(both$time, both$end, cov1 = both[, order])
se <- sqrt(diag(cr$var))
cat("crr without a maximum:", order[abs(cr$coef) > 8], "\n")
for (i in which(abs(cr$coef) < 8)) { put(f, paste0("b_", order[i]), cr$coef[i], 3, "log subdistribution hazard ratio"); put(f, paste0("se_", order[i]), se[i], 3, "standard error") }
put(f, "n", cr$n, 0, "persons"); put(f, "loglik", cr$loglik, 3, "log-likelihood")
h <- both[complete.cases(both[, c("time", "end", order)]), ]
put(f, "deaths", sum(h$end == 1), 0, "deaths"); put(f, "releases", sum(h$end == 2), 0, "releases")
# The same model by weighted Cox regression (survival::finegray), which counts a censoring tied with an event after it.
h$id <- seq_len(nrow(h)); h$kind <- factor(h$end, 0:2, c("censored", "died", "released"))
wide <- finegray(Surv(time, kind) ~ ., h[, c("time", "kind", "id", order)], etype = "died")
fg <- coxph(as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~", paste(order, collapse = "+"))), wide, weights = fgwt, ties = "breslow", cluster = id)
check <- summary(fg)$coefficients
write.csv(data.frame(term = order, finegray = sprintf("%.10g", check[, 1]), robust_se = sprintf("%.10g", check[, "robust se"]), crr = sprintf("%.10g", cr$coef), crr_se = sprintf("%.10g", se)), paste0(folder, "finegray.csv"), row.names = FALSE, quote = FALSE)

# Validation with the detentions known to CHRD --------------------------------------------------------------------------
c1 <- read.csv(file.path(data, "CHRD_fullinfo.csv"), na.strings = "")
c1 <- c1[!is.na(c1$rel.date), ]
day <- function(x) as.Date(x, "%Y.%m.%d")
c1$duration <- as.numeric(day(c1$rel.date) - day(c1$det.date)); c1$duration[which(c1$duration == 0)] <- 1
has <- function(x, what) as.numeric(grepl(what, x, fixed = TRUE)) + ifelse(is.na(x), NA, 0)
c1$female <- has(c1$gender, "female"); c1$tried <- has(c1$det.type, "Criminal detention")
c1$Recidivism <- ifelse(is.na(c1$Recidivism), 0, c1$Recidivism)
c1$Journalists <- has(c1$Occupation, "Journalist") + has(c1$Occupation, "Writer")
c1$religious <- as.numeric(grepl("Falun Gong|Christian", c1$Religious.group))
acts <- c("Civil rights activist" = "LCAP_MIN", "Civil rights resistance" = "LCAP_MIN", "Civil rights activists" = "LCAP_MIN",
  "Civil rights leader" = "HCAP_MIN", "Active dissidents - travelled to UN" = "HCAP_MAX", "Religious belonging" = "LCAP_MIN",
  "Dissident activist" = "LCAP_MAX", "Interview of dissident" = "LCAP_MIN", "Dissident support" = "LCAP_MAX",
  "Active dissidents" = "LCAP_MAX", "Dissident in private" = "LCAP_MAX", "Civil right resistance" = "LCAP_MIN",
  "Civil rights activism" = "LCAP_MIN", "Civil rights mobilizer (helps petitioners)" = "HCAP_MIN", "Being naked" = "LCAP_MIN",
  "Active dissident" = "LCAP_MAX", "Dissident connections" = "LCAP_MAX", "Dissident leader" = "HCAP_MAX", "Journalism" = "HCAP_MIN")
c1$act <- unname(acts[c1$Criminalized.action])
for (k in c("HCAP_MAX", "HCAP_MIN", "LCAP_MIN")) c1[[k]] <- as.numeric(c1$act %in% k)
f <- "validation"
put(f, "released", nrow(c1), 0, "persons"); put(f, "in_cecc", sum(c1$cecc == 1, na.rm = TRUE), 0, "persons")
counts(f, c1$act, "n_")
v <- coxph(Surv(duration) ~ female + tried + Journalists + religious + Recidivism + HCAP_MAX + HCAP_MIN + LCAP_MIN, c1)
cox(f, "cox", v)
km <- survfit(Surv(duration) ~ 1, c1); put(f, "median", summary(km)$table["median"], 0, "days")
f <- "appendix-table13"
rhs <- "religious + HCAP_MAX + HCAP_MIN + LCAP_MIN + tried + female + Recidivism + Journalists"
logit(f, "v1", paste("cecc ~ duration +", rhs), c1)
for (k in c("religious", "HCAP_MIN", "LCAP_MIN")) logit(f, paste0("v", match(k, c("religious", "HCAP_MIN", "LCAP_MIN")) + 1), paste("cecc ~ duration *", k, "+", rhs), c1)

all <- do.call(rbind, rows)
all$finding <- paste0("steinert-2022-", all$finding)
stopifnot(!anyDuplicated(all[, 1:2]))
write.csv(all, paste0(folder, "values.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "survival", "cmprsk"), version = c(as.character(getRversion()), as.character(packageVersion("survival")), as.character(packageVersion("cmprsk"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
cat(nrow(all), "values\n"); print(table(all$finding))
