# Reference values of concordances: run from the root of the repository, Rscript tests/reference/concordance.R
# Writes tests/reference/prediction/concordance.csv (fit, quantity, position, value). The covariance of several is the
# cross product of their influences: concordance() of several weighted fits multiplies these with the weights once more.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/prediction/"
read <- function(name) read.csv(paste0("tests/reference/cox/", name, ".csv"))
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-14))
found <- list()
put <- function(fit, quantity, value) {
  value <- as.numeric(value)
  found[[length(found) + 1]] <<- data.frame(fit = fit, quantity = quantity, position = seq_along(value) - 1,
                                            value = sprintf("%.15g", value))
}
scores <- function(name, y, xs, strata = NULL, w = NULL, cluster = NULL, timewt = "n", ymax = NULL) {
  fits <- lapply(xs, function(x) {
    a <- list(y = y, x = x, timewt = timewt, influence = 1, reverse = TRUE, ymax = ymax)
    if (!is.null(strata)) a$strata <- strata
    if (!is.null(w)) a$weights <- w
    if (!is.null(cluster)) a$cluster <- cluster
    do.call(concordancefit, a)
  })
  put(name, "estimate", sapply(fits, `[[`, "concordance"))
  put(name, "covariance", crossprod(sapply(fits, `[[`, "dfbeta")))
  put(name, "counts", sapply(fits, function(f) { k <- f$count; if (is.matrix(k)) k <- colSums(k); k[1:3] }))
}
rossi <- read("rossi")
xs <- list(rossi$prio, -rossi$age)
y <- Surv(rossi$week, rossi$arrest)
for (t in c("n", "n/G2")) scores(paste("rossi", t), y, xs, timewt = t)
gbsg2 <- read("gbsg2"); y <- Surv(gbsg2$time, gbsg2$cens); xs <- list(gbsg2$pnodes, -gbsg2$progrec, gbsg2$tsize)
for (t in c("n", "n/G2")) {
  scores(paste("gbsg2", t), y, xs, timewt = t)
  scores(paste("gbsg2 strata", t), y, xs, strata = gbsg2$menostat, timewt = t)
  scores(paste("gbsg2 weights", t), y, xs, w = gbsg2$age / 50, cluster = gbsg2$tsize, timewt = t, ymax = 1500)
}
mixed <- read("mixed")
with(mixed, scores("mixed n", Surv(entry, exit, event), list(x, o), strata = s, w = w, cluster = c))
# Two models on the same data, and on new data
small <- coxph(Surv(time, cens) ~ horTh + age, gbsg2, control = tight); large <- coxph(Surv(time, cens) ~ horTh + age + pnodes + tgrade, gbsg2, control = tight)
two <- concordance(small, large)
put("fits", "estimate", two$concordance); put("fits", "covariance", two$var)
first <- gbsg2[1:400, ]; rest <- gbsg2[401:686, ]
fit <- coxph(Surv(time, cens) ~ horTh + age + pnodes, first, control = tight)
new <- concordance(fit, newdata = rest, timewt = "n/G2")
put("new", "estimate", new$concordance); put("new", "covariance", new$var)
write.csv(do.call(rbind, found), paste0(folder, "concordance.csv"), row.names = FALSE, quote = FALSE)
