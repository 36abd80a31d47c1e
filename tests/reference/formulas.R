# Reference values of formulas with calls, products and codings: run from the root of the repository,
# Rscript tests/reference/formulas.R. Writes tests/reference/formulas/expected.csv (formula, position, value).
suppressPackageStartupMessages({ library(survival); library(splines) })
tight <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-14)
data <- read.csv("tests/reference/cox/gbsg2.csv", stringsAsFactors = TRUE)
data$young <- data$age < 50
data$post <- data$menostat == "Post"
# The names under which the tests ask for them, and the same in R.
formulas <- list(
  "age + I(age**2)" = ~ age + I(age^2),
  "young + I(young + post)" = ~ young + I(young + post),
  "np.log(age) * horTh" = ~ log(age) * horTh,
  "C(tgrade, contr.sum)" = ~ C(tgrade, contr.sum),
  "C(tgrade, contr.helmert) + age" = ~ C(tgrade, contr.helmert) + age,
  "C(tgrade, contr.poly)" = ~ C(factor(tgrade, levels = c("I", "II", "III")), contr.poly),
  "C(tgrade, Treatment('III')) * age" = ~ relevel(tgrade, "III") * age,
  "poly(age, 2)" = ~ poly(age, 2),
  "bs(age, df=5)" = ~ bs(age, df = 5),
  "horTh:age + age" = ~ age + horTh:age,
  "age:tsize" = ~ age:tsize,
  "exp10(progrec / 1000)" = ~ I(10^(progrec / 1000)),
  "tgrade:horTh" = ~ 0 + tgrade:horTh
)
found <- lapply(names(formulas), function(name) {
  f <- update(formulas[[name]], Surv(time, cens) ~ .)
  if (name == "tgrade:horTh") { # the product alone spans its main effects: compare the likelihoods
    fit <- coxph(Surv(time, cens) ~ tgrade * horTh, data, control = tight)
    value <- fit$loglik[2]
  } else value <- coef(coxph(f, data, control = tight))
  data.frame(formula = name, position = seq_along(value) - 1, value = sprintf("%.15g", value))
})
dir.create("tests/reference/formulas", showWarnings = FALSE)
write.csv(do.call(rbind, found), "tests/reference/formulas/expected.csv", row.names = FALSE, quote = TRUE)
