# Reference values for states: run from the root of the repository, Rscript tests/reference/states.R (after states_data.py).
# mgus2 and myeloid are data of R's survival; months.csv and days.csv are simulated. The errors of weighted fits, of clusters
# and of predictions are found by differentiating the estimate numerically in the weight of each person: survfit ignores
# cluster= where there are several states, leaves the weights out of the influence of the initial distribution, and gives no
# errors for predictions.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/states/"
found <- list()
put <- function(fit, quantity, value) {
  value <- as.numeric(value)
  found[[length(found) + 1]] <<- data.frame(fit = fit, quantity = quantity, position = seq_along(value) - 1,
                                            value = sprintf("%.15g", value))
}
save <- function(d, name) write.csv(d, paste0(folder, name, ".csv"), row.names = FALSE, quote = FALSE)
# Rows of pstate are times, columns states: written state after state.
curve <- function(name, s, times) {
  s <- summary(s, times = times)
  put(name, "estimate", s$pstate); put(name, "std_error", s$std.err)
}
# Time in each state from 0 on, as print(s, rmean = until) shows it.
mean_months <- function(name, s, until) {
  k <- sum(s$time < until); width <- diff(c(0, s$time[seq_len(k)], until)); n <- seq_len(k + 1)
  shown <- survival:::survmean2(survfit0(s), rmean = until)$matrix
  put(name, "sojourn_shown", shown[, "rmean"])
  put(name, "sojourn", colSums(rbind(s$p0, s$pstate)[n, ] * width))
  put(name, "sojourn_error", sqrt(rowSums(apply(s$influence.pstate[, n, ], 1, function(x) colSums(x * width))^2)))
}

# 1. mgus2: plasma cell malignancy and death, as competing ends and as illness and death
m <- mgus2[, c("id", "age", "sex", "hgb", "mspike")]
m$sex <- as.character(m$sex)
ptime <- with(mgus2, ifelse(pstat == 1 & ptime == futime, ptime - 0.1, ptime))
base <- data.frame(id = mgus2$id, futime = mgus2$futime, death = mgus2$death)
long <- tmerge(base, base, id = id, death = event(futime, death))
long <- tmerge(long, data.frame(id = mgus2$id, ptime = ptime, pstat = mgus2$pstat), id = id, pcm = event(ptime, pstat))
long$into <- with(long, ifelse(pcm == 1, "pcm", ifelse(death == 1, "death", "censored")))
long <- merge(as.data.frame(long)[, c("id", "tstart", "tstop", "into")], m, by = "id")
long <- long[order(long$id, long$tstart), ]
save(long, "mgus2")
long$end <- factor(long$into, c("censored", "pcm", "death"))
check <- survcheck(Surv(tstart, tstop, end) ~ 1, long, id = id)
put("mgus2", "transitions", t(check$transitions))
times <- c(12, 60, 120, 240)
all <- survfit(Surv(tstart, tstop, end) ~ 1, long, id = id, influence = TRUE)
curve("mgus2", all, times); mean_months("mgus2", all, 200)
for (sex in c("F", "M")) {
  s <- survfit(Surv(tstart, tstop, end) ~ 1, long[long$sex == sex, ], id = id, influence = TRUE)
  curve(paste("mgus2", sex), s, times); mean_months(paste("mgus2", sex), s, 200)
}
# The whole curve of the men, at every tenth time
s <- survfit(Surv(tstart, tstop, end) ~ 1, long[long$sex == "M", ], id = id)
pick <- seq(1, length(s$time), 10)
put("mgus2 whole", "time", s$time[pick]); put("mgus2 whole", "estimate", s$pstate[pick, ]); put("mgus2 whole", "std_error", s$std.err[pick, ])

# 2. myeloid: the vignette's states, where a remission is lost and a transplant may come before or after it
td <- tmerge(myeloid[, c("id", "trt", "sex")], myeloid, id = id, death = event(futime, death),
             priortx = tdc(txtime), sct = event(txtime), cr = event(crtime), relapse = event(rltime))
td$crstat <- factor(with(td, ifelse(death == 1, 4, 0) + cr + 2 * relapse + 3 * sct * (cr == 0 & relapse == 0)),
                    0:4, c("censored", "CR", "relapse", "SCT", "death"))
stopifnot(!anyNA(td$crstat))
my <- as.data.frame(td)[, c("id", "trt", "sex", "tstart", "tstop", "crstat")]
names(my)[6] <- "into"; my$sex <- as.character(my$sex); my$trt <- as.character(my$trt)
save(my, "myeloid")
put("myeloid", "transitions", t(survcheck(Surv(tstart, tstop, into) ~ 1, my, id = id)$transitions))
for (arm in c("A", "B")) {
  s <- survfit(Surv(tstart, tstop, into) ~ 1, my[my$trt == arm, ], id = id, influence = TRUE)
  curve(paste("myeloid", arm), s, c(90, 180, 365, 730)); mean_months(paste("myeloid", arm), s, 730)
}

# 3. Simulated: seen late, in several states at first, outside is left again, times tied in whole months
d <- read.csv(paste0(folder, "months.csv")); names <- c("inside", "cut", "outside", "free", "dead")
levelled <- function(d) { d$end <- factor(d$into, c("censored", names)); d$now <- factor(d$state, names); d }
d <- levelled(d); times <- c(15, 30, 60, 100)
s <- survfit(Surv(entry, exit, end) ~ 1, d, id = id, istate = now, influence = TRUE)
order_of <- match(names, s$states); stopifnot(all(s$states == names))
put("months", "p0", s$p0); curve("months", s, times)
i <- s$influence.pstate  # people, times and the start, states
at <- findInterval(times, s$time) + 1
put("months influence", "std_error", sqrt(apply(i[, at, ]^2, 2:3, sum)))

# From one state at a time: the initial distribution is given
for (from in c("inside", "outside")) {
  s <- survfit(Surv(entry, exit, end) ~ 1, d, id = id, istate = now, start.time = 24.001, p0 = as.numeric(names == from))
  curve(paste("from", from), s, c(30, 60, 100))
}
# Landmark: those who were in the state at month 24 only
for (from in c("inside", "outside")) {
  here <- unique(d$id[d$entry <= 24 & d$exit > 24 & d$state == from])
  l <- d[d$id %in% here & d$exit > 24, ]; l$entry <- pmax(l$entry, 24)
  s <- survfit(Surv(entry, exit, end) ~ 1, l, id = id, istate = now, p0 = as.numeric(names == from))
  curve(paste("landmark", from), s, c(30, 60, 100))
}

# The estimate written out, and its slope in the weight of each person or prison
occupation <- function(d, w, times, start = NULL, p0 = NULL) {
  if (!is.null(start)) { k <- d$exit > start; d <- d[k, ]; w <- w[k]; d$entry <- pmax(d$entry, start) }
  now <- match(d$state, names); to <- match(d$into, names); moved <- !is.na(to)
  ends <- sort(unique(d$exit[moved])); out <- matrix(0, length(ends) + 1, length(names))
  first <- d$entry < ends[1] & d$exit >= ends[1]
  p <- if (is.null(p0)) sapply(seq_along(names), function(k) sum(w[first & now == k])) / sum(w[first]) else p0
  out[1, ] <- p
  for (k in seq_along(ends)) {
    t <- ends[k]; A <- diag(length(names))
    for (j in unique(now)) {
      Y <- sum(w[now == j & d$entry < t & t <= d$exit])
      for (h in seq_along(names)) if (h != j) {
        n <- sum(w[now == j & moved & d$exit == t & to %in% h])
        if (n > 0) { A[j, h] <- A[j, h] + n / Y; A[j, j] <- A[j, j] - n / Y }
      }
    }
    p <- as.vector(p %*% A); out[k + 1, ] <- p
  }
  area <- function(until) { b <- c(0, ends[ends < until], until); colSums(out[seq_len(length(b) - 1), , drop = FALSE] * diff(b)) }
  list(at = out[findInterval(times, ends) + 1, , drop = FALSE], area = area)
}
slopes <- function(d, w, by, of, h = 1e-4) sapply(unique(by), function(p) {
  up <- down <- w; up[by == p] <- w[by == p] * (1 + h); down[by == p] <- w[by == p] * (1 - h)
  (of(up) - of(down)) / (2 * h)
})
whole <- function(w) as.vector(occupation(d, w, times)$at)
for (case in list(list("months by hand", rep(1, nrow(d)), d$id), list("months weighted", d$weight, d$id),
                  list("months clustered", rep(1, nrow(d)), d$prison), list("months both", d$weight, d$prison))) {
  put(case[[1]], "estimate", whole(case[[2]]))
  put(case[[1]], "std_error", sqrt(rowSums(slopes(d, case[[2]], case[[3]], whole)^2)))
}
# From month 24 on, when people were in three states: their shares are estimated too. survfit has that part of the error only
# where it is asked for the influences, and then without the weights in it.
later <- function(w) as.vector(occupation(d, w, c(30, 60, 100), start = 24)$at)
for (case in list(list("late", rep(1, nrow(d)), d$id), list("late weighted", d$weight, d$prison))) {
  put(case[[1]], "estimate", later(case[[2]])); put(case[[1]], "std_error", sqrt(rowSums(slopes(d, case[[2]], case[[3]], later)^2)))
}
asked <- survfit(Surv(entry, exit, end) ~ 1, d, id = id, istate = now, start.time = 24.001, influence = TRUE)
unasked <- survfit(Surv(entry, exit, end) ~ 1, d, id = id, istate = now, start.time = 24.001)
put("late asked", "std_error", summary(asked, times = c(30, 60, 100))$std.err)
put("late unasked", "std_error", summary(unasked, times = c(30, 60, 100))$std.err)
put("late asked", "p0", asked$p0)
spent <- function(w) occupation(d, w, times)$area(100)
put("months by hand", "sojourn", spent(rep(1, nrow(d))))
put("months by hand", "sojourn_error", sqrt(rowSums(slopes(d, rep(1, nrow(d)), d$id, spent)^2)))

# Log-rank statistics of those who were in a state at a month among those seen then, with the sum of squares of people
for (case in list(list(14, "cut", "free", "inside"), list(25, "cut", "outside", "cut"), list(25, "outside", "free", "outside"))) {
  t <- case[[1]]; seen <- d[d$entry <= t & d$exit > t, ]
  k <- d[d$state == case[[2]] & d$exit > t & d$id %in% seen$id, ]
  k$was <- as.numeric(seen$state[match(k$id, seen$id)] == case[[4]])
  fit <- coxph(Surv(pmax(entry, t), exit, into == case[[3]]) ~ was, k, init = 0, ties = "breslow",
               control = coxph.control(iter.max = 0))
  u <- residuals(fit, type = "score", collapse = k$id)
  put(paste("past", t, case[[2]], case[[3]], case[[4]]), "statistic", sum(u) / sqrt(sum(u^2)))
}

# 4. Cox models of the transitions
tight <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15)
regression <- function(name, fit) {
  put(name, "estimate", coef(fit)); put(name, "std_error", sqrt(diag(vcov(fit)))); put(name, "loglik", fit$loglik)
  put(name, "model_error", sqrt(diag(fit$naive.var)))
}
clean <- long[!is.na(long$mspike) & !is.na(long$hgb), ]
clean$male <- as.integer(clean$sex == "M")
# With ties = "efron" said, this version of coxph takes Breslow's likelihood where there are several states; unsaid, Efron's.
separate <- coxph(Surv(tstart, tstop, end) ~ age + male + mspike, clean, id = id, control = tight)
breslow <- coxph(Surv(tstart, tstop, end) ~ age + male + mspike, clean, id = id, ties = "breslow", control = tight)
stopifnot(separate$method == "efron", breslow$method == "breslow")
regression("separate efron", separate); regression("separate breslow", breslow)
common <- coxph(list(Surv(tstart, tstop, end) ~ mspike, 1:3 + 2:3 ~ age + male / common), clean, id = id, control = tight)
regression("common", common)
one <- coxph(list(Surv(tstart, tstop, end) ~ mspike, 1:3 + 2:3 ~ age + male / shared), clean, id = id, control = tight)
regression("one baseline", one)
equal <- coxph(list(Surv(tstart, tstop, end) ~ age + male, 1:3 + 2:3 ~ 1 / common), clean, id = id, control = tight)
regression("equal baselines", equal)
who <- data.frame(age = c(60, 80), male = c(0, 1), mspike = c(1.2, 0.5))
# survfit of a multi-state fit by Efron's likelihood has other baselines than survfit of each transition's own fit: the paths
# are made from the latter, by the exponential of the matrix of steps at each time.
exponential <- function(A) { out <- term <- diag(nrow(A)); for (n in 1:40) { term <- term %*% A / n; out <- out + term }; out }
baselines <- function(fits) lapply(fits, function(f) { b <- survfit(f, newdata = who[1, ]); list(time = b$time,
  step = diff(c(0, b$cumhaz)) / exp(sum(coef(f) * who[1, names(coef(f))]))) })
clean$now <- as.character(survcheck(Surv(tstart, tstop, end) ~ 1, clean, id = id)$istate)
pairs <- list(c(1, 2), c(1, 3), c(2, 3)); labels <- c("(s0)", "pcm", "death")
single <- lapply(pairs, function(q) coxph(Surv(tstart, tstop, end == labels[q[2]]) ~ age + male + mspike,
                                          clean[clean$now == labels[q[1]], ], control = tight))
base <- baselines(single); grid <- sort(unique(unlist(lapply(base, function(b) b$time[b$step > 0]))))
for (k in 1:2) {
  p <- c(1, 0, 0); out <- NULL
  for (t in grid) {
    A <- matrix(0, 3, 3)
    for (q in 1:3) { i <- base[[q]]$time == t; if (any(i)) A[pairs[[q]][1], pairs[[q]][2]] <- base[[q]]$step[i] * exp(sum(coef(single[[q]]) * who[k, ])) }
    p <- as.vector(p %*% exponential(A - diag(rowSums(A)))); out <- rbind(out, p)
  }
  put(paste("path separate", k), "estimate", out[findInterval(c(12, 60, 120, 240), grid), ])
}
common_breslow <- coxph(list(Surv(tstart, tstop, end) ~ mspike, 1:3 + 2:3 ~ age + male / common), clean, id = id, ties = "breslow", control = tight)
for (case in list(list("breslow", breslow), list("common", common_breslow))) {
  s <- survfit(case[[2]], newdata = who, p0 = c(1, 0, 0)); at <- findInterval(c(12, 60, 120, 240), s$time)
  for (k in 1:2) put(paste("path", case[[1]], k), "estimate", s$pstate[at, k, ])
}
x <- levelled(read.csv(paste0(folder, "months.csv")))
late <- coxph(Surv(entry, exit, end) ~ x, x, id = id, istate = now, control = tight)
regression("each x", late)
late <- coxph(Surv(entry, exit, end) ~ x, x, id = id, istate = now, ties = "breslow", control = tight)
s <- survfit(late, newdata = data.frame(x = 0:1), p0 = c(1, 0, 0, 0, 0)); at <- findInterval(times, s$time)
for (k in 1:2) put(paste("path late", k), "estimate", s$pstate[at, k, ])

# The error of a prediction: fit and predict again with the weight of each person a little higher and lower
y <- levelled(read.csv(paste0(folder, "days.csv"))); stopifnot(!anyDuplicated(y$exit[y$into != "censored"]))
predicted <- function(w) {
  y$w <- w
  fit <- coxph(list(Surv(entry, exit, end) ~ 1, 1:2 + 1:3 + 2:4 ~ x), y, id = id, istate = now, weights = w, control = tight)
  s <- survfit(fit, newdata = data.frame(x = 1), p0 = c(1, 0, 0, 0, 0)); at <- findInterval(c(20, 50, 90), s$time)
  as.vector(s$pstate[at, 1, ])
}
ones <- rep(1, nrow(y)); put("path days", "estimate", predicted(ones))
put("path days", "std_error", sqrt(rowSums(slopes(y, ones, y$id, predicted)^2)))
# Spells cut at times
y$w <- NULL; y$now <- NULL
z <- survSplit(Surv(entry, exit, end) ~ ., y, cut = c(12, 40, 80), episode = "interval")
save(z[, c("id", "entry", "exit", "end", "interval")], "split")
save(do.call(rbind, found), "expected")
versions <- c(as.character(getRversion()), as.character(packageVersion("survival")))
save(data.frame(what = c("R", "survival"), version = versions), "versions")
