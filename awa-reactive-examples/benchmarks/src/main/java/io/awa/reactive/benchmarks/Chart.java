package io.awa.reactive.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Lines over time as inline SVG. Colours come from the page's style sheet, so it can be light or dark. */
final class Chart {

    private static final int WIDTH = 720;
    private static final int HEIGHT = 210;
    private static final int LEFT = 58;
    private static final int RIGHT = 14;
    private static final int TOP = 22;
    private static final int BOTTOM = 26;
    private static final int GRID = 4;

    private final String title;
    private final String unit;
    private final String note;
    private final List<Sample> samples;
    private final List<Line> lines = new ArrayList<>();
    private boolean logarithmic;
    private double mark = Double.NaN;

    private record Line(String name, double[] values) {}

    /**
     * A stretch of the time axis that is shaded.
     *
     * @param name  its label
     * @param from  seconds
     * @param to    seconds
     * @param shade its class in the style sheet
     */
    record Band(String name, double from, double to, String shade) {}

    Chart(String title, String unit, String note, List<Sample> samples) {
        this.title = title;
        this.unit = unit;
        this.note = note;
        this.samples = samples;
    }

    Chart line(String name, ToDoubleFunction<Sample> value) {
        lines.add(new Line(name, samples.stream().mapToDouble(value).toArray()));
        return this;
    }

    /** Each step of the scale is ten times the one below. */
    Chart logarithmic() {
        logarithmic = true;
        return this;
    }

    /** A level that is not to be passed. */
    Chart mark(double level) {
        mark = level;
        return this;
    }

    String html(List<Band> bands) {
        StringBuilder svg = new StringBuilder();
        Scale scale = logarithmic ? decades() : linear();
        double end = samples.isEmpty() ? 1 : samples.get(samples.size() - 1).at();
        bands(svg, bands, end);
        grid(svg, scale, end);
        if (!Double.isNaN(mark)) {
            put(
                    svg,
                    "<line class='mark' x1='%d' x2='%d' y1='%.1f' y2='%.1f'/>",
                    LEFT,
                    WIDTH - RIGHT,
                    y(mark, scale),
                    y(mark, scale));
        }
        for (int i = 0; i < lines.size(); i++) {
            path(svg, i, scale, end);
        }
        hover(svg, end);
        return "<figure><figcaption><b>" + Html.text(title) + "</b> <span class='unit'>" + Html.text(unit) + "</span>"
                + legend() + "</figcaption><svg viewBox='0 0 " + WIDTH + " " + HEIGHT + "' role='img' aria-label='"
                + Html.text(title) + "'>" + svg + "</svg><p class='note'>" + Html.text(note) + "</p></figure>";
    }

    private String legend() {
        StringBuilder text = new StringBuilder("<span class='legend'>");
        for (int i = 0; i < lines.size(); i++) {
            put(
                    text,
                    "<span><i class='dot c%d'></i>%s</span>",
                    i,
                    Html.text(lines.get(i).name()));
        }
        return text.append("</span>").toString();
    }

    private static void bands(StringBuilder svg, List<Band> bands, double end) {
        for (Band band : bands) {
            double from = x(band.from(), end);
            double to = x(band.to(), end);
            put(
                    svg,
                    "<rect class='band %s' x='%.1f' y='%d' width='%.1f' height='%d'/>",
                    band.shade(),
                    from,
                    TOP,
                    Math.max(0, to - from),
                    HEIGHT - TOP - BOTTOM);
            if (to - from > 40) {
                put(
                        svg,
                        "<text class='phase' x='%.1f' y='%d'>%s</text>",
                        (from + to) / 2,
                        TOP - 7,
                        Html.text(band.name()));
            }
        }
    }

    private void grid(StringBuilder svg, Scale scale, double end) {
        for (double level : scale.levels()) {
            double at = y(level, scale);
            put(svg, "<line class='grid' x1='%d' x2='%d' y1='%.1f' y2='%.1f'/>", LEFT, WIDTH - RIGHT, at, at);
            put(svg, "<text class='tick' x='%d' y='%.1f'>%s</text>", LEFT - 7, at + 3.5, Html.number(level));
        }
        double step = nice(end / 60 / 8) * 60;
        for (double at = 0; at <= end + 1e-9; at += step) {
            put(
                    svg,
                    "<text class='tick time' x='%.1f' y='%d'>%s</text>",
                    x(at, end),
                    HEIGHT - 8,
                    Html.number(at / 60) + (at == 0 ? " min" : ""));
        }
    }

    private void path(StringBuilder svg, int index, Scale scale, double end) {
        double[] values = lines.get(index).values();
        StringBuilder d = new StringBuilder();
        boolean pen = false;
        for (int i = 0; i < values.length; i++) {
            boolean there = !Double.isNaN(values[i]) && (!logarithmic || values[i] > 0);
            if (there) {
                put(d, "%s%.1f %.1f", pen ? "L" : "M", x(samples.get(i).at(), end), y(values[i], scale));
            }
            pen = there;
        }
        put(svg, "<path class='line c%d' d='%s'/>", index, d);
    }

    // One invisible column a sample; its title is what a browser shows beside the pointer.
    private void hover(StringBuilder svg, double end) {
        double before = LEFT;
        for (int i = 0; i < samples.size(); i++) {
            double to = x(samples.get(i).at(), end);
            StringBuilder text = new StringBuilder();
            put(text, "%.1f min, %s", samples.get(i).at() / 60, samples.get(i).phase());
            for (Line line : lines) {
                put(text, "\n%s: %s", line.name(), Html.number(line.values()[i]));
            }
            put(
                    svg,
                    "<rect class='hover' x='%.1f' y='%d' width='%.1f' height='%d'><title>%s</title></rect>",
                    before,
                    TOP,
                    Math.max(0, to - before),
                    HEIGHT - TOP - BOTTOM,
                    Html.text(text.toString()));
            before = to;
        }
    }

    private double largest() {
        double most = Double.isNaN(mark) ? 0 : mark;
        for (Line line : lines) {
            for (double value : line.values()) {
                most = Double.isNaN(value) ? most : Math.max(most, value);
            }
        }
        return most;
    }

    private Scale linear() {
        double step = nice(Math.max(largest(), 1e-9) / GRID);
        double top = Math.max(step, Math.ceil(largest() / step - 1e-9) * step);
        List<Double> levels = new ArrayList<>();
        for (double level = 0; level <= top + step / 2; level += step) {
            levels.add(level);
        }
        return new Scale(0, top, levels);
    }

    private Scale decades() {
        double least = Double.POSITIVE_INFINITY;
        for (Line line : lines) {
            for (double value : line.values()) {
                least = value > 0 ? Math.min(least, value) : least;
            }
        }
        double low = Double.isInfinite(least) ? 0 : Math.floor(Math.log10(least));
        double high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(largest(), 1e-9))));
        List<Double> levels = new ArrayList<>();
        for (double power = low; power <= high; power++) {
            levels.add(Math.pow(10, power));
        }
        return new Scale(low, high, levels);
    }

    private static double nice(double step) {
        double power = Math.pow(10, Math.floor(Math.log10(Math.max(step, 1e-9))));
        double part = step / power;
        return (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10) * power;
    }

    private static double x(double at, double end) {
        return LEFT + (WIDTH - LEFT - RIGHT) * Math.min(1, at / end);
    }

    private double y(double value, Scale scale) {
        double v = logarithmic ? Math.log10(value) : value;
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (v - scale.low()) / (scale.high() - scale.low());
    }

    private static void put(StringBuilder to, String format, Object... values) {
        to.append(String.format(Locale.ROOT, format, values));
    }

    private record Scale(double low, double high, List<Double> levels) {}
}
