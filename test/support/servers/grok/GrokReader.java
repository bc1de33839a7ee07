import static java.util.stream.Collectors.joining;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Consumer;

/**
 * Reads texts with the grok of Elasticsearch, whose class path it is started with, by its legacy patterns (`ecs_compatibility: disabled`).
 *
 * First it prints the names of the patterns in the files that its arguments name, a line each. In, a line each: pattern and text, in base64 with a tab between. Out, a line each: `none`, `error` and a message, or `fields` and each
 * name with its values; all in base64, tabs between them, values of one name with commas between them.
 *
 * Everything goes through reflection, so that it is compiled with nothing on its class path.
 */
public final class GrokReader {
    private static final Map<String, Object> groks = new HashMap<>();
    private static final PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);

    public static void main(String[] args) throws Exception {
        Class<?> builtin = Class.forName("org.elasticsearch.grok.GrokBuiltinPatterns");
        Object bank = builtin.getMethod("legacyPatterns").invoke(null);
        Class<?> type = Class.forName("org.elasticsearch.grok.Grok");
        Constructor<?> create = type.getConstructor(bank.getClass(), String.class, Consumer.class);
        Method captures = type.getMethod("captures", String.class);
        for (String file : args) printNames(builtin, file);
        Consumer<String> silent = message -> {};
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] parts = line.split("\t", -1);
            try {
                String pattern = decoded(parts[0]);
                if (!groks.containsKey(pattern)) groks.put(pattern, create.newInstance(bank, pattern, silent));
                out.println(shown((Map<?, ?>) captures.invoke(groks.get(pattern), decoded(parts[1]))));
            } catch (InvocationTargetException e) {
                out.println("error\t" + encoded(String.valueOf(e.getCause())));
            }
        }
    }

    private static void printNames(Class<?> builtin, String file) throws Exception {
        try (InputStream in = builtin.getResourceAsStream("/patterns/legacy/" + file)) {
            String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            out.println(all.lines().filter(line -> line.matches("[A-Z].*")).map(line -> line.split("\\s")[0]).collect(joining("\t")));
        }
    }

    private static String shown(Map<?, ?> fields) {
        if (fields == null) return "none";
        StringJoiner shown = new StringJoiner("\t");
        shown.add("fields");
        fields.forEach((name, value) -> {
            StringJoiner values = new StringJoiner(",");
            for (Object each : value instanceof List<?> list ? list : List.of(value)) values.add(encoded(each.toString()));
            shown.add(encoded(name.toString())).add(values.toString());
        });
        return shown.toString();
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String decoded(String text) {
        return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
    }
}
