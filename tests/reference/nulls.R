# Reference values of models without covariates: run from the root of the repository, Rscript tests/reference/nulls.R
# Writes tests/reference/prediction/nulls.csv (fit, quantity, position, value).
suppressPackageStartupMessages(library(survival))
folder <- "tests/reference/prediction/"; dir.create(folder, showWarnings = FALSE)
read <- function(name) read.csv(paste0("tests/reference/cox/", name, ".csv"))
found <- list()
put <- function(fit, quantity, value) {
  value <- as.numeric(value)
  found[[length(found) + 1]] <<- data.frame(fit = fit, quantity = quantity, position = seq_along(value) - 1,
                                            value = sprintf("%.15g", value))
}
residuals_of <- function(name, fit) for (kind in c("martingale", "deviance")) {
  r <- resid(fit, kind); put(name, kind, head(r, 20)); put(name, paste0(kind, "_squares"), sum(r^2))
}
null <- function(name, formula, data, ties, weights = NULL, times = NULL) {
  environment(formula) <- environment()
  data$.w <- if (is.null(weights)) 1 else data[[weights]]
  fit <- coxph(formula, data, weights = .w, ties = ties)
  put(name, "loglik", fit$loglik)
  residuals_of(name, fit)
  s <- survfit(fit, conf.type = "log-log")
  keep <- s$n.event > 0
  put(name, "hazard", head(s$cumhaz[keep], 60)); put(name, "error", head(s$std.err[keep], 60))
  if (!is.null(times)) {
    at <- summary(s, times = times); put(name, "survival", at$surv); put(name, "low", at$lower); put(name, "high", at$upper)
    q <- quantile(s, c(0.1, 0.25)); put(name, "quantile", t(as.matrix(q$quantile)))
  }
}
for (t in c("efron", "breslow")) {
  null(paste0("rossi_", t), Surv(week, arrest) ~ 1, read("rossi"), t, times = c(10, 30, 50))
  null(paste0("heart_", t), Surv(start, stop, event) ~ 1, read("heart"), t)
  null(paste0("strata_", t), Surv(entry, exit, event) ~ strata(s), read("mixed"), t, weights = "w")
  null(paste0("gbsg2_", t), Surv(time, cens) ~ strata(menostat), read("gbsg2"), t, times = c(500, 1500))
  d <- read("mixed")
  fit <- coxph(Surv(entry, exit, event) ~ offset(o), d, ties = t)
  put(paste0("offset_", t), "loglik", fit$loglik)
  residuals_of(paste0("offset_", t), fit)
}
fit <- coxph(Surv(week, arrest) ~ 1, read("rossi"), ties = "exact"); put("rossi_exact", "loglik", fit$loglik)
# Several transitions: coxph refuses them without covariates, so that each is fitted by itself and the matrix
# exponentials of the steps are multiplied
m <- read.csv("tests/reference/states/mgus2.csv")
m <- m[order(m$id, m$tstart), ]
m$from <- ifelse(duplicated(m$id), "pcm", "start")
pairs <- list(c("start", "pcm"), c("start", "death"), c("pcm", "death")); states <- c("start", "death", "pcm")
for (t in c("efron", "breslow")) {
  name <- paste0("states_", t); loglik <- 0; jumps <- list()
  for (p in pairs) {
    fit <- coxph(Surv(tstart, tstop, into == p[2]) ~ 1, m[m$from == p[1], ], ties = t)
    s <- survfit(fit); step <- diff(c(0, s$cumhaz)); loglik <- loglik + fit$loglik
    jumps[[length(jumps) + 1]] <- data.frame(time = s$time, from = p[1], to = p[2], step = step)[step > 0, ]
  }
  jumps <- do.call(rbind, jumps); P <- c(1, 0, 0); put(name, "loglik", loglik)
  times <- sort(unique(jumps$time)); out <- list()
  for (u in times) {
    A <- matrix(0, 3, 3, dimnames = list(states, states))
    for (k in which(jumps$time == u)) A[jumps$from[k], jumps$to[k]] <- jumps$step[k]
    diag(A) <- -rowSums(A)
    P <- P %*% as.matrix(Matrix::expm(Matrix::Matrix(A))); out[[length(out) + 1]] <- P
  }
  for (at in c(60, 120, 240)) put(paste(name, at), "chances", out[[max(which(times <= at))]])
}
write.csv(do.call(rbind, found), paste0(folder, "nulls.csv"), row.names = FALSE, quote = FALSE)
