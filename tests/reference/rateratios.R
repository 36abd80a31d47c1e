# Exact rate ratios of each site against all others: in one stratum poisson.test; within strata the conditional maximum
# by glm (binomial with offset), limits and p values from the sum of Bernoulli trials one by one. Run from the root.
folder <- "tests/reference/rateratios/"
dir.create(folder, showWarnings = FALSE)
cells <- read.csv("tests/reference/grouped/cells.csv")
sums <- function(p) Reduce(function(f, q) c(f * (1 - q), 0) + c(0, f * q), p, 1)
limits <- function(o, d, odds, level) {
  total <- sum(d); tail <- (1 - level) / 2
  pmf <- function(b) sums(rep(odds * exp(b) / (1 + odds * exp(b)), d))
  root <- function(f) exp(uniroot(f, c(-20, 20), tol = 1e-13, maxiter = 10000)$root)
  low <- if (o == 0) 0 else root(function(b) sum(pmf(b)[(o + 1):(total + 1)]) - tail)
  high <- if (o == total) Inf else root(function(b) sum(pmf(b)[1:(o + 1)]) - tail)
  f <- pmf(0)
  c(low, high, min(1, 2 * min(sum(f[1:(o + 1)]), sum(f[(o + 1):(total + 1)]))))
}
one <- function(site, count, level) {
  own <- cells[cells$site == site, ]
  rest <- aggregate(cells[cells$site != site, c("months", count)], list(years = cells$years[cells$site != site]), sum)
  own <- own[match(rest$years, own$years), ]
  o <- own[[count]]; d <- o + rest[[count]]; odds <- own$months / rest$months
  fit <- glm(cbind(o, d - o) ~ 1, family = binomial, offset = log(odds), control = list(epsilon = 1e-15, maxit = 100))
  l <- limits(sum(o), d, odds, level)
  data.frame(site, count, level, estimate = unname(exp(coef(fit))), low = l[1], high = l[2], p = l[3])
}
grid <- expand.grid(site = unique(cells$site), count = c("act", "end"), level = c(0.95, 0.9), stringsAsFactors = FALSE)
found <- do.call(rbind, Map(one, grid$site, grid$count, grid$level))
write.csv(format(found, digits = 15), paste0(folder, "strata.csv"), row.names = FALSE, quote = FALSE)
crude <- function(site, count) {
  o <- tapply(cells[[count]], cells$site == site, sum); time <- tapply(cells$months, cells$site == site, sum)
  t <- poisson.test(rev(as.integer(o)), rev(as.numeric(time)))
  data.frame(site, count, estimate = unname(t$estimate), low = t$conf.int[1], high = t$conf.int[2])
}
grid <- unique(grid[c("site", "count")])
write.csv(format(do.call(rbind, Map(crude, grid$site, grid$count)), digits = 15), paste0(folder, "crude.csv"),
          row.names = FALSE, quote = FALSE)
