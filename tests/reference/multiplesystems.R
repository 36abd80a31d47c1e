# Multiple-systems estimation with base R: run from the root of the repository, Rscript tests/reference/multiplesystems.R
# Log-linear models by glm on the cells; where a pair of lists in a model shares nobody, the cells with both lists are
# left out and the parameter is counted (Chan, Silverman and Vincent 2021). Profile limits by glm on the cells with one
# more for the number on no list; two latent classes by optim. Capture histories stand in the order 11..1 to 0..01.
# Counts: darroch (R3 of Darroch et al. 1993), diabetes (Bruno et al. 1994) and cormack (Cormack, Chang and Smith 2000,
# Table 3b) as the tests of Rcapture have them, which hold its results against the articles; hepatitis, data HAV of
# CARE1 1.1.0 (Chao et al. 1997); kosovo, killings of 20 March to 22 June 1999 (Ball et al. 2002), data Kosovo of
# github.com/bernardsilverman/modslavmse at a880531; western and uk, data Western and UKdat_5 of SparseMSE 2.0.1
# (Farrell et al. 2019; UK National Crime Agency, 2013).
folder <- "tests/reference/multiplesystems/"
dir.create(folder, showWarnings = FALSE)
sets <- list(
  darroch = c(72, 155, 7, 71, 13, 53, 43),
  diabetes = c(58, 157, 18, 104, 46, 650, 12, 709, 14, 20, 7, 74, 8, 182, 10),
  cormack = c(72, 5, 29, 54, 24, 3, 14),
  hepatitis = c(28, 21, 17, 69, 18, 55, 63),
  kosovo = c(27, 181, 18, 177, 42, 228, 106, 1131, 32, 217, 31, 845, 123, 936, 306))
western <- c("10000" = 52, "01000" = 90, "00100" = 114, "00010" = 45, "00001" = 21, "10100" = 4, "10010" = 2,
  "10001" = 5, "01100" = 6, "01010" = 1, "00011" = 3, "10101" = 1, "01110" = 1)
uk <- c("10000" = 54, "01000" = 463, "00100" = 995, "00010" = 695, "00001" = 316, "11000" = 15, "10100" = 19,
  "10010" = 3, "01100" = 62, "01010" = 19, "01001" = 1, "00110" = 76, "00101" = 11, "00011" = 8, "11100" = 1,
  "11010" = 1, "01110" = 4, "11110" = 1)
shape <- function(k) { code <- (2^k - 1):1; sapply(k:1, function(j) (code %/% 2^(j - 1)) %% 2) }
from <- function(named, k) { x <- apply(shape(k), 1, paste, collapse = ""); n <- named[x]; n[is.na(n)] <- 0; unname(n) }
sets$western <- from(western, 5); sets$uk <- from(uk, 5)

control <- glm.control(epsilon = 1e-14, maxit = 200)
pairs_of <- function(k) combn(k, 2)
cells <- function(y, chosen) {            # the cells and columns of a model: chosen are columns of pairs_of
  k <- log2(length(y) + 1); x <- shape(k); p <- pairs_of(k)
  X <- cbind(1, x); keep <- rep(TRUE, length(y)); empty <- 0
  for (c in chosen) { both <- x[, p[1, c]] * x[, p[2, c]]
    if (sum(both * y) == 0) { keep <- keep & both == 0; empty <- empty + 1 } else X <- cbind(X, both) }
  list(X = X[keep, , drop = FALSE], y = y[keep], empty = empty)
}
fit <- function(y, chosen) {
  m <- cells(y, chosen)
  g <- suppressWarnings(glm(m$y ~ m$X - 1, family = poisson, control = control))
  b <- coef(g)[1]; v <- summary(g)$cov.unscaled[1, 1]; parameters <- g$rank + m$empty
  loglik <- sum(dpois(m$y, fitted(g), log = TRUE))
  data.frame(estimate = sum(y) + exp(b), std_error = sqrt(exp(b) + exp(2 * b) * v), deviance = deviance(g),
    df = df.residual(g), parameters = parameters, aic = -2 * loglik + 2 * parameters,
    bic = -2 * loglik + log(sum(y)) * parameters, smallest = min(fitted(g)), rank = g$rank, columns = ncol(m$X))
}
named <- function(k, chosen) { p <- pairs_of(k); l <- LETTERS[1:k]
  paste(sapply(chosen, function(c) paste(l[p[1, c]], l[p[2, c]], sep = ":")), collapse = " ") }
every <- function(k) { n <- ncol(pairs_of(k)); lapply(0:(2^n - 1), function(i) which(bitwAnd(i, 2^(0:(n - 1))) > 0)) }
some <- list(western = list(integer(0), 1L, c(1L, 4L), c(2L, 3L, 4L)), uk = list(integer(0), c(1L, 2L), 6L, 1:10))
models <- do.call(rbind, lapply(names(sets), function(s) {
  y <- sets[[s]]; k <- log2(length(y) + 1)
  do.call(rbind, lapply(if (k < 5) every(k) else some[[s]], function(m) data.frame(set = s, interactions = named(k, m), fit(y, m))))
}))
number <- sapply(models, is.numeric)
models[number] <- lapply(models[number], function(v) sprintf("%.12g", v))
write.csv(models, paste0(folder, "models.csv"), row.names = FALSE, quote = FALSE)

profile <- function(y, chosen, level = 0.95) {
  m <- cells(y, chosen)
  X <- rbind(m$X, c(1, rep(0, ncol(m$X) - 1)))
  ll <- function(t) { n <- c(m$y, t)
    g <- suppressWarnings(glm(n ~ X - 1, family = poisson, control = control)); N <- sum(n)
    sum(n * log(fitted(g))) - lgamma(t + 1) + lgamma(N + 1) - N * log(N) }
  start <- fit(y, chosen)$estimate - sum(y)
  top <- optimize(ll, c(start / 20, start * 2), maximum = TRUE, tol = 1e-8)
  f <- function(t) ll(t) - top$objective + qchisq(level, 1) / 2
  far <- 2 * top$maximum; while (f(far) > 0) far <- 2 * far
  c(low = if (f(1e-9) > 0) 0 else uniroot(f, c(1e-9, top$maximum), tol = 1e-9)$root,
    high = uniroot(f, c(top$maximum, far), tol = 1e-9)$root)
}
asked <- list(list("darroch", integer(0)), list("darroch", c(1L, 3L)), list("cormack", integer(0)), list("cormack", 3L),
  list("cormack", c(2L, 3L)), list("diabetes", c(2L, 5L, 6L)), list("kosovo", integer(0)), list("western", 1L))
limits <- do.call(rbind, lapply(asked, function(a) {
  y <- sets[[a[[1]]]]; l <- profile(y, a[[2]])
  data.frame(set = a[[1]], interactions = named(log2(length(y) + 1), a[[2]]), low = sprintf("%.10g", sum(y) + l[["low"]]),
    high = sprintf("%.10g", sum(y) + l[["high"]]))
}))
write.csv(limits, paste0(folder, "limits.csv"), row.names = FALSE, quote = FALSE)

classes <- function(y) {                  # conditional likelihood of two classes, by optim from several starts
  k <- log2(length(y) + 1); x <- shape(k)
  parts <- function(q) { s <- plogis(q[1]); a <- plogis(q[2:(k + 1)]); b <- plogis(q[(k + 2):(2 * k + 1)])
    each <- function(p) exp(x %*% log(p) + (1 - x) %*% log(1 - p))
    list(h = s * each(a) + (1 - s) * each(b), none = s * prod(1 - a) + (1 - s) * prod(1 - b)) }
  value <- function(q) { r <- parts(q); -sum(y * log(r$h)) + sum(y) * log(1 - r$none) }
  set.seed(4); best <- NULL
  for (i in 1:30) {
    o <- try(optim(rnorm(2 * k + 1), value, method = "BFGS", control = list(maxit = 5000, reltol = 1e-14)), silent = TRUE)
    if (!inherits(o, "try-error") && (is.null(best) || o$value < best$value)) best <- o
  }
  for (i in 1:5) best <- optim(best$par, value, method = "BFGS", control = list(maxit = 5000, reltol = 1e-16))
  r <- parts(best$par)
  c(estimate = sum(y) / (1 - r$none), loglik = -best$value + lgamma(sum(y) + 1) - sum(lgamma(y + 1)))
}
latent <- do.call(rbind, lapply(c("diabetes", "kosovo"), function(s) { r <- classes(sets[[s]])
  data.frame(set = s, estimate = sprintf("%.8g", r[["estimate"]]), loglik = sprintf("%.10g", r[["loglik"]])) }))
write.csv(latent, paste0(folder, "classes.csv"), row.names = FALSE, quote = FALSE)

coverage <- function(y) {                 # Chao and Tsay, written out for k lists
  k <- log2(length(y) + 1); x <- shape(k); size <- colSums(x * y); own <- rowSums(x)
  single <- sapply(1:k, function(j) sum(y[x[, j] == 1 & own == 1]))
  C <- 1 - mean(single / size); N0 <- (sum(y) - mean(single)) / C
  p <- pairs_of(k)
  A <- apply(p, 2, function(c) sum(y * ifelse(x[, c[1]] + x[, c[2]] == own, own, 0)))
  r <- apply(p, 2, function(c) sum(y * x[, c[1]] * x[, c[2]]) / (size[c[1]] * size[c[2]]))
  N1 <- N0 + sum(A * (N0 * r - 1)) / (k * C)
  c(C, N0, N0 + sum(A * (N1 * r - 1)) / (k * C))
}
covered <- do.call(rbind, lapply(c("hepatitis", "kosovo", "diabetes"), function(s) { r <- coverage(sets[[s]])
  data.frame(set = s, coverage = sprintf("%.12g", r[1]), independent = sprintf("%.12g", r[2]), estimate = sprintf("%.12g", r[3])) }))
write.csv(covered, paste0(folder, "coverage.csv"), row.names = FALSE, quote = FALSE)
counts <- do.call(rbind, lapply(names(sets), function(s) data.frame(set = s, history = apply(shape(log2(length(sets[[s]]) + 1)), 1, paste, collapse = ""), n = sets[[s]])))
write.csv(counts, paste0(folder, "counts.csv"), row.names = FALSE, quote = FALSE)
