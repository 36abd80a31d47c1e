# Spells in days, tabulated by pyears() over clock and calendar; piecewise-exponential hazards of the cells and of the
# pieces of survSplit(), with robust errors of sandwich. Run from the root of the repository.
suppressPackageStartupMessages({library(survival); library(sandwich)})
folder <- "tests/reference/ratetable/"
dir.create(folder, showWarnings = FALSE)
set.seed(20261201)
n <- 600
day <- function(text) as.numeric(as.Date(text))
start <- sample(day("2005-01-01"):day("2014-12-31"), n, TRUE)
entry <- start + sample(0:700, n, TRUE)
region <- sample(c("east", "north", "west"), n, TRUE)
sex <- sample(c("F", "M"), n, TRUE, c(0.3, 0.7))
exit <- pmin(entry + ceiling(rexp(n, 1 / 900)), day("2017-06-30"))
event <- ifelse(runif(n) < c(east = 0.7, north = 0.5, west = 0.3)[region], "sentence_reduction",
                ifelse(runif(n) < 0.3, "medical_parole", "censored"))
event[exit == day("2017-06-30")] <- "censored"
court <- paste0("court ", sample(1:12, n, TRUE))
iso <- function(d) format(as.Date(d, origin = "1970-01-01"))
spells <- data.frame(id = seq_len(n), start = iso(start), entry = iso(entry), exit = iso(exit), region, sex, court, event)
write.csv(spells, paste0(folder, "spells.csv"), row.names = FALSE, quote = FALSE)

# A day is the point at its end: a quarter runs from the last day of the one before, and a spell lies in (entry, exit].
month <- 365.25 / 12
breaks <- c(12, 16, 36, 60)
firsts <- seq(as.Date("2005-01-01"), as.Date("2017-07-01"), by = "quarter")
ends <- as.numeric(firsts) - 1
labels <- paste0(format(firsts[-length(firsts)], "%Y"), "Q", (as.integer(format(firsts[-length(firsts)], "%m")) + 2) %/% 3)
clock <- tcut(entry - start, c(0, breaks * month, 1e5), labels = as.character(c(0, breaks)))
quarter <- tcut(entry, ends, labels = labels)
counted <- lapply(c("sentence_reduction", "medical_parole"), function(kind) {
  pyears(Surv(exit - entry, event == kind) ~ region + sex + clock + quarter, scale = month, data.frame = TRUE)$data
})
cells <- counted[[1]]
names(cells)[names(cells) == "event"] <- "sentence_reduction"
cells$medical_parole <- counted[[2]]$event
cells$pyears <- format(cells$pyears, digits = 15)
write.csv(cells[c("region", "sex", "clock", "quarter", "pyears", "sentence_reduction", "medical_parole")],
          paste0(folder, "pyears.csv"), row.names = FALSE, quote = FALSE)

# The same hazards from pieces, one row each, and from cells.
d <- data.frame(id = seq_len(n), region, sex, court, begin = (entry - start) / month, end = (exit - start) / month,
                hit = event == "sentence_reduction")
cut <- survSplit(Surv(begin, end, hit) ~ ., d, cut = breaks, episode = "band")
cut$months <- cut$end - cut$begin
cut$interval <- factor(c(0, breaks)[cut$band])
control <- glm.control(epsilon = 1e-14, maxit = 100)
fit <- glm(hit ~ region + sex + interval + offset(log(months)), poisson, cut, control = control)
cell <- aggregate(cbind(months, hit) ~ region + sex + interval, cut, sum)
same <- glm(hit ~ region + sex + interval + offset(log(months)), poisson, cell, control = control)
stopifnot(max(abs(coef(fit) - coef(same))) < 1e-9)
# Firth's penalty, half the log determinant of the information, by a search of its own.
X <- model.matrix(same); y <- cell$hit; t <- cell$months
few <- ifelse(cell$interval == "12", 0, y)  # a level without an event
penalised <- function(b) { mu <- t * exp(drop(X %*% b)); sum(few * log(mu) - mu) + determinant(crossprod(X * sqrt(mu)))$modulus[1] / 2 }
slope <- function(b) {
  mu <- t * exp(drop(X %*% b)); W <- X * sqrt(mu)
  drop(crossprod(X, few + rowSums((W %*% solve(crossprod(W))) * W) / 2 - mu))
}
b <- coef(same) * 0 + c(-4, rep(0, ncol(X) - 1))
for (k in 1:8) b <- optim(b, penalised, slope, method = "BFGS", control = list(fnscale = -1, reltol = 1e-16, maxit = 1000))$par
stopifnot(max(abs(slope(b))) < 1e-6)
mu <- t * exp(drop(X %*% b))
# Errors of the model, of rows as they are (HC0), and of courts, with the factor G / (G - 1).
out <- data.frame(name = names(coef(fit)), estimate = coef(fit), error = sqrt(diag(vcov(fit))),
                  rows = sqrt(diag(sandwich(fit))), court = sqrt(diag(vcovCL(fit, cluster = ~ court, type = "HC0"))),
                  firth = b, firth_error = sqrt(diag(solve(crossprod(X * sqrt(mu))))))
write.csv(format(out, digits = 15), paste0(folder, "poisson.csv"), row.names = FALSE, quote = FALSE)
versions <- data.frame(what = c("R", "survival", "sandwich"),
                       version = c(as.character(getRversion()), as.character(packageVersion("survival")), as.character(packageVersion("sandwich"))))
write.csv(versions, paste0(folder, "versions.csv"), row.names = FALSE, quote = FALSE)
