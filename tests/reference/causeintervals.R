# Competing events known as intervals, with and without late entry. Run from the root of the repository.
folder <- "tests/reference/causeintervals/"
dir.create(folder, showWarnings = FALSE)
digits <- function(x) sprintf("%.15g", x)
set.seed(20261129)

# 1. Menopause, operative or natural, of 2,423 women by age at interview: counts as in the data set menopause of R's
# MLEcens, after MacMahon and Worcester, Age at Menopause, United States 1960-1962 (National Center for Health
# Statistics, series 11, number 19, 1966).
age <- c(27.5, 32.5, 35.5:58.5)
operative <- c(4, 21, 7, 5, 5, 11, 11, 8, 7, 16, 11, 10, 20, 16, 18, 19, 20, 18, 10, 16, 18, 18, 19, 13, 13, 13)
natural <- c(0, 0, 0, 0, 1, 2, 2, 1, 1, 4, 5, 3, 12, 11, 16, 18, 19, 32, 38, 30, 40, 28, 25, 36, 40, 33)
none <- c(376, 338, 82, 82, 55, 70, 86, 69, 58, 60, 58, 54, 67, 49, 41, 43, 27, 22, 18, 8, 9, 4, 1, 1, 1, 0)
menopause <- data.frame(lower = c(0 * age, 0 * age, age), upper = c(age, age, NA * age), entry = 0,
  kind = rep(c("operative", "natural", NA), each = length(age)), w = c(operative, natural, none))
menopause <- menopause[menopause$w > 0, ]

# 2. Cases in whole months: some times exact, some between a look and a record, some still inside.
draw <- function(n, truncated) {
  entry <- if (truncated) sample(c(0, 0, 2:12), n, TRUE) else rep(0, n)
  time <- entry + ceiling(rexp(n, 0.03)); kind <- sample(c("act", "death", "expiry"), n, TRUE, c(3, 1, 3))
  record <- entry + sample(12:90, n, TRUE); look <- entry + floor((record - entry) * runif(n))
  exact <- runif(n) < 0.3
  lower <- ifelse(time > record, record, ifelse(exact, time, ifelse(time > look, look, entry)))
  upper <- ifelse(time > record, NA, ifelse(exact, time, ifelse(time > look, record, look)))
  data.frame(lower, upper, entry, kind = ifelse(is.na(upper), NA, kind), w = 1)
}
data <- list(menopause = menopause, plain = draw(90, FALSE), cut_off = draw(80, TRUE))

# Expectation-maximisation in the hazards of each kind at all points and gaps between end points, which knows nothing of
# innermost intervals: expected events over the expected number at risk.
em <- function(d, steps) {
  t <- sort(unique(c(d$lower, d$upper[!is.na(d$upper)], d$entry))); K <- 2 * length(t) + 1
  kinds <- sort(unique(na.omit(d$kind))); at <- function(v) 2 * match(v, t) - 1  # points are odd, the gap after is even
  exact <- !is.na(d$upper) & d$lower == d$upper
  a <- ifelse(exact, at(d$lower), at(d$lower) + 1)
  b <- ifelse(is.na(d$upper), K, at(ifelse(is.na(d$upper), t[1], d$upper))); c0 <- at(d$entry) + 1
  inside <- outer(a, 1:K, "<=") & outer(b, 1:K, ">="); since <- outer(c0, 1:K, "<=")
  own <- lapply(kinds, function(k) is.na(d$kind) | d$kind == k)
  # mass after all times has no kind; before that a case without an event may have one of any kind
  h <- matrix(0.05, length(kinds), K); h[, K] <- 1 / length(kinds)
  for (i in seq_len(steps)) {
    S <- c(1, cumprod(1 - pmin(colSums(h), 1))[-K]); p <- t(t(h) * S)
    P <- lapply(seq_along(kinds), function(k) t(t(inside * own[[k]]) * p[k, ]))
    total <- Reduce(`+`, lapply(P, rowSums)); P <- lapply(P, function(x) d$w * x / total)
    all <- Reduce(`+`, P)
    n <- colSums((rowSums(all) - t(apply(all, 1, cumsum)) + all) * since)
    old <- h
    h <- t(sapply(P, function(x) ifelse(n > 1e-12, colSums(x) / n, 0))); h[, K] <- 1 / length(kinds)
    if (max(abs(h - old)) < 1e-15) break
  }
  S <- c(1, cumprod(1 - pmin(colSums(h), 1))[-K]); p <- t(t(h) * S)
  top <- Reduce(`+`, lapply(seq_along(kinds), function(k) rowSums(t(t(inside * own[[k]]) * p[k, ]))))
  loglik <- sum(d$w * log(top / rowSums(t(t(since) * colSums(p)))))
  list(time = t, kinds = kinds, F = t(apply(p, 1, cumsum))[, seq(1, K - 1, 2)], loglik = loglik,
    change = max(abs(h - old)))
}

found <- list()
for (name in names(data)) {
  d <- data[[name]]
  write.csv(d, paste0(folder, name, ".csv"), row.names = FALSE, quote = FALSE, na = "")
  fit <- em(d, if (name == "menopause") 100000 else 40000)
  add <- function(kind, time, value) found[[length(found) + 1]] <<- data.frame(data = name, kind, time, value = digits(value))
  add("loglik", NA, fit$loglik); add("change", NA, fit$change)
  for (k in seq_along(fit$kinds)) add(fit$kinds[k], fit$time, fit$F[k, ])
}
write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE, na = "")

# 3. Without late entry, where the package is at hand: the masses of R's MLEcens (Maathuis), in rectangles of time and kind.
if (requireNamespace("MLEcens", quietly = TRUE)) {
  rows <- list()
  for (name in c("menopause", "plain")) {
    d <- data[[name]][rep(seq_len(nrow(data[[name]])), data[[name]]$w), ]
    kinds <- sort(unique(na.omit(d$kind))); k <- match(d$kind, kinds)
    R <- cbind(d$lower, ifelse(is.na(d$upper), 1e4, d$upper), ifelse(is.na(k), 1, k), ifelse(is.na(k), length(kinds), k))
    B <- cbind(as.numeric(!is.na(d$upper) & d$lower == d$upper), 1, 1, 1)
    fit <- MLEcens::computeMLE(R, B, max.inner = 100, max.outer = 10000, tol = 1e-13)
    stopifnot(fit$conv == 1)
    mass <- data.frame(data = name, lower = fit$rects[, 1], upper = fit$rects[, 2],
      kind = ifelse(fit$rects[, 3] == fit$rects[, 4], kinds[fit$rects[, 3]], ""), mass = digits(fit$p))
    rows[[name]] <- rbind(mass, data.frame(data = name, lower = NA, upper = NA, kind = "loglik", mass = digits(fit$llh)))
  }
  write.csv(do.call(rbind, rows), paste0(folder, "mlecens.csv"), row.names = FALSE, quote = FALSE, na = "")
  versions <- c(R = as.character(getRversion()), MLEcens = as.character(packageVersion("MLEcens")))
  write.csv(data.frame(what = names(versions), version = versions), paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
}
