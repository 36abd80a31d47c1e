# Months as ordered categories: MASS::polr with errors of the model and clustered ones of sandwich. Run from the root of the repository.
suppressPackageStartupMessages({ library(MASS); library(sandwich) })
folder <- "tests/reference/ordinal/"
dir.create(folder, showWarnings = FALSE)
set.seed(20170912)
n <- 240
d <- data.frame(person = sample(90, n, TRUE), x = round(rnorm(n), 3), group = sample(c("a", "b", "c"), n, TRUE, c(0.5, 0.3, 0.2)))
latent <- 0.8 * d$x + c(a = 0, b = 0.9, c = -0.6)[d$group] + rlogis(n) + 0.5 * rnorm(90)[d$person]
d$months <- c(3, 6, 8, 9, 12, 24)[findInterval(latent, c(-1.5, 0, 0.4, 1.2, 2.5)) + 1]
d$weight <- sample(3, n, TRUE)
write.csv(d, paste0(folder, "simulated.csv"), row.names = FALSE, quote = FALSE)
d <- read.csv(paste0(folder, "simulated.csv")); d$size <- factor(d$months, ordered = TRUE)
new <- data.frame(x = c(-1, 0.5), group = c("a", "c"))
found <- list()
put <- function(fit, quantity, value) found[[length(found) + 1]] <<-
  data.frame(fit = fit, quantity = quantity, value = sprintf("%.15g", as.numeric(value)))
tight <- list(reltol = 1e-15, maxit = 1000, ndeps = rep(1e-5, 8))  # steps of its Hessian, which it takes from gradients
for (weighted in c(FALSE, TRUE)) {
  d$w <- if (weighted) d$weight else 1
  fit <- polr(size ~ x + group, d, weights = w, Hess = TRUE, control = tight)
  label <- if (weighted) "weighted" else "plain"
  put(label, "coefficient", coef(fit)); put(label, "threshold", fit$zeta); put(label, "loglik", logLik(fit))
  put(label, "error", sqrt(diag(vcov(fit))))
  put(label, "probability", t(predict(fit, new, type = "probs")))
  if (!weighted) put(label, "cluster_error", sqrt(diag(vcovCL(fit, d$person, type = "HC0", cadjust = TRUE))))
}
write.csv(do.call(rbind, found), paste0(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "MASS", "sandwich"), version = c(as.character(getRversion()), as.character(packageVersion("MASS")), as.character(packageVersion("sandwich"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
