# Spells cut at a grid and counted: Poisson regression of the counts with log person-time, and the incidence of two
# competing ends with hazards constant in bands, by the exponential of the generator's matrix. Run from the root of the
# repository.
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/grouped/"
dir.create(folder, showWarnings = FALSE)
set.seed(20261130)
n <- 900
site <- sample(c("a", "b", "c"), n, TRUE)
entry <- round(runif(n, 0, 20), 1)
act <- entry + rexp(n, 0.004 * c(a = 1, b = 1.8, c = 0.6)[site])
end <- entry + rexp(n, 0.012)
stop <- pmin(round(pmin(act, end, 96), 1) + 0.1, 96)
kind <- ifelse(stop >= 96, 0, ifelse(act < end, 1, 2))
cut <- survSplit(Surv(entry, stop, kind > 0) ~ ., data.frame(id = seq_len(n), site, entry, stop, kind, what = kind),
                 cut = c(12, 24, 36, 60), episode = "band", start = "entry", end = "stop", event = "had")
edges <- c(0, 12, 24, 36, 60, 96)
cells <- aggregate(cbind(months = stop - entry, act = had * (what == 1), end = had * (what == 2)) ~ site + band, cut, sum)
cells$start <- edges[cells$band]; cells$stop <- edges[cells$band + 1]
cells$years <- paste0("y", cells$band)
cells$months <- round(cells$months, 4)
write.csv(cells[c("site", "years", "start", "stop", "months", "act", "end")], paste0(folder, "cells.csv"), row.names = FALSE, quote = FALSE)
fit <- glm(act ~ site + years + offset(log(months)), poisson, cells, control = glm.control(epsilon = 1e-14, maxit = 100))
s <- summary(fit)$coefficients
out <- data.frame(name = rownames(s), estimate = s[, 1], error = s[, 2])
out <- rbind(out, data.frame(name = "loglik", estimate = as.numeric(logLik(fit)), error = NA),
             data.frame(name = "dispersion", estimate = sum(residuals(fit, "pearson")^2) / fit$df.residual, error = NA))
write.csv(format(out, digits = 15), paste0(folder, "glm.csv"), row.names = FALSE, quote = FALSE)
exponential <- function(Q) { e <- eigen(Q); Re(e$vectors %*% diag(exp(e$values)) %*% solve(e$vectors)) }
found <- do.call(rbind, lapply(split(cells, cells$site), function(d) {
  P <- diag(3)
  do.call(rbind, lapply(seq_len(nrow(d)), function(k) {
    h <- c(d$act[k], d$end[k]) / d$months[k]
    Q <- rbind(c(-sum(h), h), 0, 0)
    P <<- P %*% exponential(Q * (d$stop[k] - d$start[k]))
    data.frame(site = d$site[k], time = d$stop[k], act = P[1, 2], end = P[1, 3])
  }))
}))
write.csv(format(found, digits = 15), paste0(folder, "incidence.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "survival"), version = c(as.character(getRversion()), as.character(packageVersion("survival"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
