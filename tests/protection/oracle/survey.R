# Computes the figures of the tables in this folder with the package survey, and writes figures.csv: make survey-oracle
suppressPackageStartupMessages(library(survey))
options(survey.lonely.psu = "adjust", digits = 17)

expit <- function(x) 1 / (1 + exp(-x))

row_of <- function(table, figure, estimate, error, low, high, freedom) {
  data.frame(table, figure, estimate = as.numeric(estimate), standard_error = as.numeric(error),
             low = as.numeric(low), high = as.numeric(high), freedom)
}

# svydesign takes no empty fpc, so the call differs.
design_of <- function(villages) {
  if (anyNA(villages$population)) {
    svydesign(id = ~village, strata = ~stratum, weights = ~weight, data = villages)
  } else {
    svydesign(id = ~village, strata = ~stratum, weights = ~weight, fpc = ~population, data = villages)
  }
}

# svyciprop needs a row for each family.
family_rows <- function(villages, fulfilled, answered) {
  families <- villages[rep(seq_len(nrow(villages)), villages[[answered]]), ]
  families$outcome <- unlist(mapply(function(yes, all) rep(c(1, 0), c(yes, all - yes)),
                                    villages[[fulfilled]], villages[[answered]], SIMPLIFY = FALSE))
  families
}

share_of <- function(table, name, villages, fulfilled, answered) {
  design <- design_of(villages)
  freedom <- degf(design)
  ratio <- svyratio(reformulate(fulfilled), reformulate(answered), design)
  share <- as.numeric(coef(ratio))
  error <- as.numeric(SE(ratio))
  reach <- qt(0.975, freedom) * error / (share * (1 - share))
  low <- expit(qlogis(share) - reach)
  high <- expit(qlogis(share) + reach)
  # Where there are rows for svyciprop, it says the same of the families one by one.
  if (all(villages[[answered]] > 0) && share > 0 && share < 1) {
    by_family <- design_of(family_rows(villages, fulfilled, answered))
    # "logit" fits a model, and rounds the level of the interval so that one degree of freedom is beyond it.
    fitted <- svyciprop(~outcome, by_family, method = "logit")
    if (freedom > 1) stopifnot(abs(as.numeric(confint(fitted)) - c(low, high)) < 1e-7)
    direct <- svyciprop(~outcome, by_family, method = "xlogit")
    interval <- as.numeric(confint(direct))
    stopifnot(abs(as.numeric(direct) - share) < 1e-12, abs(sqrt(attr(direct, "var")) - error) < 1e-12,
              abs(interval - c(low, high)) < 1e-12)
    low <- interval[1]
    high <- interval[2]
  }
  row_of(table, name, share, error, low, high, freedom)
}

mean_of <- function(table, villages) {
  villages$total <- villages$mean * villages$families
  design <- design_of(villages)
  ratio <- svyratio(~total, ~families, design)
  interval <- confint(ratio, df = degf(design))
  row_of(table, "mean", coef(ratio), SE(ratio), interval[1], interval[2], degf(design))
}

composite_of <- function(table, name, villages, formula) {
  design <- design_of(villages)
  totals <- svytotal(~fulfilled_1 + answered_1 + fulfilled_2 + answered_2 + fulfilled_3 + answered_3, design)
  found <- svycontrast(totals, formula)
  interval <- confint(found, df = degf(design))
  row_of(table, name, coef(found), SE(found), interval[1], interval[2], degf(design))
}

figures_of <- function(file) {
  table <- sub("\\.csv$", "", basename(file))
  villages <- read.csv(file)
  villages$scored <- villages$count_1 + villages$count_2 + villages$count_3
  villages$weak <- villages$count_1 + villages$count_2
  rbind(
    do.call(rbind, lapply(1:3, function(at) {
      share_of(table, paste0("share_", at), villages, paste0("fulfilled_", at), paste0("answered_", at))
    })),
    share_of(table, "count_2", villages, "count_2", "families"),
    share_of(table, "weak", villages, "weak", "scored"),
    mean_of(table, villages),
    composite_of(table, "arithmetic", villages, quote(
      100 * (0.5 * fulfilled_1 / answered_1 + 0.3 * fulfilled_2 / answered_2 + 0.2 * fulfilled_3 / answered_3))),
    composite_of(table, "geometric", villages, quote(
      100 * (fulfilled_1 / answered_1 * fulfilled_2 / answered_2 * fulfilled_3 / answered_3)^(1 / 3)))
  )
}

folder <- commandArgs(trailingOnly = TRUE)[1]
files <- setdiff(sort(Sys.glob(file.path(folder, "*.csv"))), file.path(folder, c("figures.csv", "quantiles.csv")))
figures <- do.call(rbind, lapply(files, figures_of))
quantiles <- expand.grid(outside = c(0.05, 0.01, 0.05 / 13, 0.05 / 2016), freedom = c(1:12, 25, 30, 100, 461, 2015))
quantiles$quantile <- qt(quantiles$outside / 2, quantiles$freedom, lower.tail = FALSE)

write_with_versions <- function(table, name) {
  to <- file(file.path(folder, name), "w")
  writeLines(sprintf("# %s, survey %s", R.version.string, packageVersion("survey")), to)
  write.csv(format(table, digits = 15, trim = TRUE), to, row.names = FALSE, quote = FALSE)
  close(to)
}
write_with_versions(figures, "figures.csv")
write_with_versions(quantiles, "quantiles.csv")
