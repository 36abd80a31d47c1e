# Reference values of tests of groups: run from the root of the repository, Rscript tests/reference/logrank.R
# Writes tests/reference/logrank/expected.csv (data, test, position, value). The weighted tests are computed here from
# their formulas (Klein and Moeschberger 2003, section 7.3); the same loop with the weights of survdiff is first held
# against survdiff. Pairs of groups are the tests of their rows alone, adjusted by p.adjust.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/logrank/"; dir.create(folder, showWarnings = FALSE)
read <- function(name) read.csv(paste0("tests/reference/cox/", name, ".csv"))
found <- list()
put <- function(data, test, value) {
  value <- as.numeric(value)
  found[[length(found) + 1]] <<- data.frame(data = data, test = test, position = seq_along(value) - 1,
                                            value = sprintf("%.15g", value))
}
compared <- function(d, kind, rho = 0) {
  groups <- sort(unique(d$g)); K <- length(groups); O <- E <- rep(0, K); V <- matrix(0, K, K)
  for (part in split(d, d$s)) {
    S <- Speto <- 1
    for (t in sort(unique(part$exit[part$event == 1]))) {
      at <- part[part$entry < t & part$exit >= t, ]; dead <- at[at$exit == t & at$event == 1, ]
      n <- sum(at$w); m <- sum(dead$w)
      Speto <- Speto * (1 - m / (n + 1))
      w <- switch(kind, logrank = 1, rho = S^rho, gehan = n, "tarone-ware" = sqrt(n), peto = Speto)
      share <- sapply(groups, function(k) sum(at$w[at$g == k])) / n
      O <- O + w * sapply(groups, function(k) sum(dead$w[dead$g == k])); E <- E + w * m * share
      if (n > 1) V <- V + w^2 * m * (n - m) / (n - 1) * (diag(share) - share %*% t(share))
      S <- S * (1 - m / n)
    }
  }
  u <- (O - E)[-1]
  list(observed = O, expected = E, V = V, chisq = sum(u * solve(V[-1, -1], u)), groups = groups)
}
trend <- function(f, score) sum(score * (f$observed - f$expected)) / sqrt(sum(score * (f$V %*% score)))
all_of <- function(name, d, late = FALSE) {
  d$s <- if (is.null(d$s)) 1 else d$s; d$w <- if (is.null(d$w)) 1 else d$w
  d$entry <- if (is.null(d$entry)) -1 else d$entry
  if (!late && all(d$w == 1)) for (rho in c(0, 1)) {
    r <- survdiff(Surv(exit, event) ~ g + strata(s), d, rho = rho)
    stopifnot(all.equal(r$chisq, compared(d, "rho", rho)$chisq))
  }
  for (kind in c("logrank", "gehan", "tarone-ware", "peto")) {
    f <- compared(d, kind)
    put(name, kind, f$chisq); put(name, paste(kind, "observed"), f$observed); put(name, paste(kind, "expected"), f$expected)
    put(name, paste(kind, "trend"), c(trend(f, seq_along(f$groups)), trend(f, seq_along(f$groups)^2)))
    pairs <- combn(f$groups, 2); q <- apply(pairs, 2, function(k) compared(d[d$g %in% k, ], kind)$chisq)
    p <- pchisq(q, 1, lower.tail = FALSE)
    put(name, paste(kind, "pairs"), q)
    for (how in c("holm", "bonferroni", "BH")) put(name, paste(kind, "pairs", how), p.adjust(p, how))
  }
}
gbsg2 <- read("gbsg2")
d <- with(gbsg2, data.frame(exit = time, event = cens, g = tgrade))
all_of("gbsg2", d)
all_of("gbsg2 strata", cbind(d, s = gbsg2$menostat))
mixed <- read("mixed")
late <- with(mixed, data.frame(entry, exit, event, g))
all_of("mixed", late, late = TRUE)
all_of("mixed weights", cbind(late, s = mixed$s, w = mixed$c %% 4 + 1), late = TRUE)
write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
