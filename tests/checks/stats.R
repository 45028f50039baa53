# SPDX-License-Identifier: MIT
# What R says of the statistics of engine/report/stats.h, as tests/data/stats_r.tsv
# has it:   Rscript --vanilla tests/checks/stats.R >tests/data/stats_r.tsv
# `make check-r` compares. One case a line, fields separated by tabs, lists by commas:
#   unpaired  level  a      b  estimate  lo  hi  p       wilcox.test(b, a)
#   paired    level  b - a  -  estimate  lo  hi  p       wilcox.test(b - a)
#   beyond    bound  a      b  p                         the smaller p of mu = -bound, bound
#   pwilcox   n      m      k  P
#   psignrank n      -      k  P
#   holm      p                adjusted                  p.adjust(p, "holm")
# Data are rounded before R sees them, so that they are the same numbers here and there.
RNGversion("4.0.0")
set.seed(20261123)
cat("# R", paste(R.version$major, R.version$minor, sep = "."),
    "Rscript --vanilla tests/checks/stats.R\n")

num <- function(x) paste(sprintf("%.17g", x), collapse = ",")
line <- function(...) cat(paste(..., sep = "\t"), "\n", sep = "")

draw <- function(n) round(c(rnorm(n, 3, 0.2), rexp(n))[sample(2 * n, n)], 9)
test <- function(..., level) wilcox.test(..., exact = TRUE, conf.int = TRUE, conf.level = level)
levels <- c(0.9, 0.95, 1 - 0.05 / 6, 0.99)

for (size in list(c(6, 6), c(7, 12), c(10, 10), c(20, 17), c(20, 20), c(40, 33)))
  for (level in levels) {
    a <- draw(size[1])
    b <- draw(size[2]) + round(runif(1, -1, 1), 9)
    t <- test(b, a, level = level)
    line("unpaired", num(level), num(a), num(b), num(t$estimate), num(t$conf.int[1]),
         num(t$conf.int[2]), num(t$p.value))
  }

for (n in c(6, 7, 10, 15, 20, 41))
  for (level in levels) {
    d <- draw(n) - 2 + round(runif(1, -1, 1), 9)
    t <- test(d, level = level)
    line("paired", num(level), num(d), "-", num(t$estimate), num(t$conf.int[1]),
         num(t$conf.int[2]), num(t$p.value))
  }

for (bound in c(0.05, 0.4, 1.5))
  for (shift in c(-1.2, 0.3, 2)) {
    a <- draw(12)
    b <- draw(11) + shift
    above <- wilcox.test(b, a, mu = bound, exact = TRUE, alternative = "greater")$p.value
    below <- wilcox.test(b, a, mu = -bound, exact = TRUE, alternative = "less")$p.value
    line("beyond", num(bound), num(a), num(b), num(min(1, 2 * min(above, below))))
  }

for (size in list(c(1, 1), c(1, 9), c(6, 6), c(10, 10), c(20, 20), c(3, 30), c(50, 50)))
  for (part in c(0, 0.02, 0.3, 0.5, 0.77, 1)) {
    k <- floor(part * size[1] * size[2])
    line("pwilcox", size[1], size[2], k, num(pwilcox(k, size[1], size[2])))
  }

for (n in c(1, 2, 6, 10, 20, 60))
  for (part in c(0, 0.02, 0.3, 0.5, 0.77, 1)) {
    k <- floor(part * n * (n + 1) / 2)
    line("psignrank", n, "-", k, num(psignrank(k, n)))
  }

for (n in c(1, 2, 6, 6, 6)) {
  p <- round(rbeta(n, 0.4, 4), 9)
  line("holm", num(p), num(p.adjust(p, "holm")))
}
