# Exact limits and tests of published counts. Run from the root of the repository.
folder <- "tests/reference/stress/"
dir.create(folder, showWarnings = FALSE)
keep <- function(what, value) data.frame(what = what, value = sprintf("%.15g", value))
# fisher.test stops its searches at 1.2e-4, so the same equations are solved here to the last digits.
odds <- function(name, a, n, b, m) {
  k <- a + b; x <- max(0, k - m):min(n, k); base <- dhyper(x, n, m, k, log = TRUE)
  law <- function(l) { d <- base + l * x; d <- exp(d - max(d)); d / sum(d) }
  root <- function(f) exp(uniroot(f, c(-6, 6), tol = 1e-14, maxiter = 10000)$root)
  solved <- c(root(function(l) sum(x * law(l)) - a), root(function(l) sum(law(l)[x >= a]) - 0.025),
    root(function(l) sum(law(l)[x <= a]) - 0.025))
  f <- fisher.test(matrix(c(a, n - a, b, m - b), 2, byrow = TRUE))
  stopifnot(abs(solved / c(f$estimate, f$conf.int) - 1) < 1e-4)
  keep(paste(name, c("estimate", "low", "high", "p")), c(solved, f$p.value))
}
share <- function(name, k, n) keep(paste(name, c("low", "high")), binom.test(k, n)$conf.int)
ratio <- function(name, after, before, base = c(1, 1)) {
  f <- poisson.test(c(after, before), base)
  keep(paste(name, c("estimate", "low", "high")), c(f$estimate, f$conf.int))
}
found <- rbind(
  odds("sex known", 235, 396, 726, 1316),
  odds("halved", 117, 198, 363, 658),
  odds("upper", 344, 505, 726, 1705),
  odds("lower", 235, 785, 835, 1425),
  share("women", 235, 396), share("men", 726, 1316), share("subversion", 9, 19), share("list of 1994", 13, 20),
  ratio("arrests", 1105, 930), ratio("cases", 474, 405), ratio("received", 369, 427),
  ratio("mean of three", 1105, 3125, c(1, 3)),
  ratio("jiangsu", 100, 6000), ratio("per reduction", 100, 6000, c(10000, 37000)), ratio("half a year", 15, 6000, c(0.5, 1)))
write.csv(found, paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
write.csv(data.frame(what = "R", version = paste(R.version$major, R.version$minor, sep = ".")),
  paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
