# Reference values of predicted curves: run from the root of the repository, Rscript tests/reference/prediction.R
# Writes tests/reference/prediction/curves.csv (fit, quantity, position, value). Quantiles and conditional curves are
# those of survfit, whose start.time counts events at that time too, so that it is put just after. Restricted means and
# their errors are computed here by loops over the event times, whose cumulative hazard and error are first held against
# those of survfit.
suppressPackageStartupMessages(library(survival))
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-14))
folder <- "tests/reference/prediction/"; dir.create(folder, showWarnings = FALSE)
read <- function(name) read.csv(paste0("tests/reference/cox/", name, ".csv"))
found <- list()
put <- function(fit, quantity, value) {
  value <- as.numeric(value)
  found[[length(found) + 1]] <<- data.frame(fit = fit, quantity = quantity, position = seq_along(value) - 1,
                                            value = sprintf("%.15g", value))
}

# Steps of the cumulative hazard of a row x, of their variance, and of their slope by the coefficients
steps <- function(fit, X, entry, exit, event, w, x, since, ties) {
  b <- coef(fit); r <- w * exp(X %*% b)[, 1]; own <- exp(sum(x * b))
  times <- sort(unique(exit[event == 1])); times <- times[times > since]
  out <- list()
  for (t in times) {
    at <- entry < t & exit >= t; dead <- at & exit == t & event == 1
    d <- sum(dead); each <- sum(w[dead]) / d; h <- v <- 0; m <- 0 * x
    for (j in seq_len(d) - 1) {
      cut <- if (ties == "efron") j / d else 0
      S <- sum(r[at]) - cut * sum(r[dead])
      S1 <- colSums(r[at] * X[at, , drop = FALSE]) - cut * colSums(r[dead] * X[dead, , drop = FALSE])
      h <- h + each / S; v <- v + each / S^2; m <- m + each / S * S1 / S
    }
    out[[length(out) + 1]] <- c(t, own * h, own^2 * v, own * (x * h - m))
  }
  do.call(rbind, out)
}
mean_until <- function(s, V, since, until) {
  s <- s[s[, 1] <= until, , drop = FALSE]
  S <- exp(-c(0, cumsum(s[, 2]))); width <- diff(c(since, s[, 1], until)); area <- sum(S * width)
  beyond <- rev(cumsum(rev(S * width)))[-1]
  pull <- colSums(beyond * s[, -(1:3), drop = FALSE])
  c(area, sqrt(sum(beyond^2 * s[, 3]) + pull %*% V %*% pull))
}
curves <- function(name, formula, data, new, ends, ties = "efron", weights = NULL, cluster = NULL, p = c(0.1, 0.25, 0.5),
                   since = 0, until) {
  environment(formula) <- environment()
  data$.w <- if (is.null(weights)) 1 else data[[weights]]
  data$.c <- if (is.null(cluster)) seq_len(nrow(data)) else data[[cluster]]
  fit <- if (is.null(cluster)) coxph(formula, data, weights = .w, ties = ties, control = tight, robust = FALSE)
         else coxph(formula, data, weights = .w, ties = ties, control = tight, cluster = .c)
  for (s in unique(c(0, since))) for (type in c("log", "log-log", "plain")) {
    curve <- if (s == 0) survfit(fit, new, conf.type = type) else survfit(fit, new, conf.type = type, start.time = s + 1e-4)
    q <- quantile(curve, p)
    for (part in c("quantile", "lower", "upper")) put(name, paste(part, type, s), t(as.matrix(q[[part]])))
    if (type == "log") {
      at <- summary(curve, times = ends[ends >= s], extend = TRUE)
      for (part in c("surv", "std.err")) put(name, paste(part, s), at[[part]])
    }
  }
  X <- model.matrix(fit); y <- model.response(model.frame(fit)); n <- ncol(y)
  entry <- if (n == 3) y[, 1] else rep(-Inf, nrow(y))
  Xnew <- model.matrix(delete.response(terms(fit)), new, xlev = fit$xlevels)[, -1, drop = FALSE]
  for (s in unique(c(0, since))) for (i in seq_len(nrow(new))) {
    made <- steps(fit, X, entry, y[, n - 1], y[, n], data$.w, Xnew[i, ], if (s == 0) -Inf else s, ties)
    curve <- if (s == 0) survfit(fit, new[i, , drop = FALSE]) else survfit(fit, new[i, , drop = FALSE], start.time = s + 1e-4)
    keep <- curve$n.event > 0
    slope <- apply(made[, -(1:3), drop = FALSE], 2, cumsum)
    error <- sqrt(cumsum(made[, 3]) + rowSums((slope %*% vcov(fit)) * slope))
    stopifnot(all.equal(cumsum(made[, 2]), curve$cumhaz[keep], tolerance = 1e-8),
              all.equal(unname(error), curve$std.err[keep], tolerance = 1e-6))
    put(name, paste("mean", s, i - 1), mean_until(made, vcov(fit), s, until))
  }
}
rossi <- read("rossi")
new <- data.frame(fin = c(0, 1), age = c(20, 30), prio = c(1, 15))
for (t in c("efron", "breslow")) curves(paste0("rossi_", t), Surv(week, arrest) ~ fin + age + prio, rossi, new, c(5, 20, 50), t, since = 15, until = 50)
curves("heart", Surv(start, stop, event) ~ age + year + surgery + transplant, read("heart"),
       data.frame(age = c(-5, 3), year = c(1, 4), surgery = c(0, 1), transplant = c(0, 1)), c(10, 100, 500), cluster = "id", since = 30, until = 500)
curves("mixed", Surv(entry, exit, event) ~ x + g, read("mixed"), data.frame(x = c(-0.5, 1), g = c("a", "c")), c(6, 12, 20),
       weights = "w", since = 6, until = 20)
curves("delayed", Surv(entry, exit, event) ~ x + z, read("delayed"), data.frame(x = 0:1, z = c(0, 1)), c(5, 10, 20),
       cluster = "group", since = 5, until = 20)
write.csv(do.call(rbind, found), paste0(folder, "curves.csv"), row.names = FALSE, quote = FALSE)
