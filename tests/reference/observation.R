# Weights by the inverse of the chance of having stayed on record, by hand from glm, and what is weighted with them.
# Run from the root of the repository: Rscript tests/reference/observation.R
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/observation/"
dir.create(folder, showWarnings = FALSE)
set.seed(20261126)
# People seen over periods of six months, some from a later day on. Illness makes both the event and the loss likelier.
rows <- list()
for (i in 1:240) {
  place <- sample(c("east", "west"), 1); age <- round(rnorm(1, 45, 10)); frail <- rbinom(1, 1, 0.4)
  from <- if (runif(1) < 0.3) round(runif(1, 0.5, 14), 2) else 0
  for (k in (from %/% 6):7) {
    ill <- rbinom(1, 1, plogis(-1.2 + 1.6 * frail + 0.4 * (place == "west")))
    start <- max(6 * k, from); end <- 6 * k + 6
    act <- start + rexp(1, 0.025 * exp(0.9 * ill)); gone <- start + rexp(1, 0.02 * exp(1.1 * ill + 0.5 * (place == "west") - 0.02 * (age - 45)))
    stop <- round(min(act, gone, end), 3); if (stop <= start) stop <- start + 0.001
    happened <- act <= min(gone, end); left <- !happened && gone < end
    rows[[length(rows) + 1]] <- data.frame(id = i, period = k, entry = start, exit = stop, place, age, ill, lost = as.integer(left), event = as.integer(happened))
    if (happened || left) break
  }
}
d <- do.call(rbind, rows)
tight <- glm.control(epsilon = 1e-14, maxit = 100)
digits <- function(x) sprintf("%.15g", x)
found <- list()
say <- function(what, term, column, value) found[[length(found) + 1]] <<- data.frame(what, term, column, value = digits(value))
models <- list()
for (link in c("logit", "cloglog")) {
  models[[link]] <- list(denominator = glm(lost ~ entry + place + age + ill, binomial(link), d, control = tight),
                         numerator = glm(lost ~ entry + place, binomial(link), d, control = tight))
  for (m in names(models[[link]])) {
    fit <- models[[link]][[m]]
    # Expected information, of which glm's own has it at the step before the last.
    mu <- fitted(fit); eta <- predict(fit); X <- model.matrix(fit)
    slope <- binomial(link)$mu.eta(eta)
    error <- sqrt(diag(solve(t(X) %*% (X * slope^2 / (mu * (1 - mu))))))
    for (t in names(coef(fit))) { say(paste(link, m), t, "estimate", coef(fit)[[t]]); say(paste(link, m), t, "std_error", error[[t]]) }
  }
}
# Rows are in order of person and time, one for each person-period.
through <- function(top, below) ave(top / below, d$id, FUN = cumprod)
earlier <- function(w) ave(w, d$id, FUN = function(v) c(1, head(v, -1)))
for (link in names(models)) {
  below <- 1 - fitted(models[[link]]$denominator); above <- 1 - fitted(models[[link]]$numerator)
  end <- through(above, below)
  d[[paste0(link, "_end")]] <- end
  d[[link]] <- earlier(end)
  d[[paste0(link, "_middle")]] <- sqrt(end * d[[link]])
}
below <- 1 - fitted(models$logit$denominator)
d$plain <- earlier(through(1, below))
limits <- quantile(d$logit, c(0.02, 0.98))
d$truncated <- pmin(pmax(d$logit, limits[1]), limits[2])
kinds <- c("logit", "logit_middle", "logit_end", "cloglog", "cloglog_middle", "cloglog_end", "plain", "truncated")
write.csv(d[, 1:9], paste0(folder, "data.csv"), row.names = FALSE, quote = FALSE)
write.csv(data.frame(lapply(d[, kinds], digits)), paste0(folder, "weights.csv"), row.names = FALSE, quote = FALSE)
# Positivity and balance of each period under the untruncated stabilised weights.
until <- ave(below, d$id, FUN = cumprod)
for (k in sort(unique(d$period))) {
  here <- d$period == k; w <- d$logit[here]; v <- d$logit_end[here]; stay <- d$lost[here] == 0; p <- below[here]
  name <- as.character(k)
  for (x in list(c("n", sum(here)), c("n_lost", sum(!stay)), c("chance_min", min(p)), c("chance_max", max(p)),
                 c("until_min", min(until[here])), c("until_near_0", mean(until[here] < 0.1)), c("near_1", mean(p > 0.99)),
                 c("max_weight", max(w)), c("ess", sum(w)^2 / sum(w^2)))) say("positivity", name, x[1], as.numeric(x[2]))
  for (term in c("ill", "age", "west")) {
    x <- if (term == "west") as.numeric(d$place[here] == "west") else d[[term]][here]
    all <- weighted.mean(x, w); sd <- sqrt(weighted.mean((x - all)^2, w))
    say("balance", paste(name, term), "before", (weighted.mean(x[stay], w[stay]) - all) / sd)
    say("balance", paste(name, term), "after", (weighted.mean(x[stay], v[stay]) - all) / sd)
  }
}
exact <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15)
fit <- coxph(Surv(entry, exit, event) ~ place, d, weights = logit, cluster = id, control = exact)
say("cox", "west", "estimate", coef(fit)[[1]]); say("cox", "west", "std_error", sqrt(vcov(fit)[1, 1]))
curve <- survfit(Surv(entry, exit, event) ~ 1, d, weights = logit, id = id, robust = TRUE)
at <- summary(curve, times = c(12, 24, 42))
for (j in seq_along(at$time)) { say("survival", as.character(at$time[j]), "estimate", at$surv[j]); say("survival", as.character(at$time[j]), "std_error", at$std.err[j]) }
write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "survival"), version = c(as.character(getRversion()), as.character(packageVersion("survival"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
