import java.io.PrintStream;
import java.lang.reflect.Method;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/**
 * Starts one Elasticsearch node from the class path in this JVM and prints "ready http=HOST:PORT" when it answers.
 *
 * Everything goes through reflection so that one class file, compiled for Java 17 with nothing on its class path, serves a
 * Java 17 server (8.19) and a Java 21 server (9.x) alike.
 *
 * System properties: es.path.home (unpacked distribution), es.path.conf (elasticsearch.yml, log4j2.properties), and
 * set.NAME=VALUE for each setting that overrides elasticsearch.yml.
 */
public final class EsLauncher {
    public static void main(String[] args) throws Exception {
        PrintStream out = System.out; // Elasticsearch redirects System.out to its log.
        Path home = Path.of(System.getProperty("es.path.home"));
        Path conf = Path.of(System.getProperty("es.path.conf"));

        Class<?> logging = es("common.logging.LogConfigurator");
        call(null, named(logging, "registerErrorListener", 0));
        Object environment = environment(home, conf);
        Object settings = environment.getClass().getMethod("settings").invoke(environment);
        Object nodeName = settings.getClass().getMethod("get", String.class).invoke(settings, "node.name");
        call(null, named(logging, "setNodeName", 1), nodeName);
        call(null, named(logging, "configure", 2), environment, true);

        AutoCloseable node = node(environment, home);
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception e) {
                e.printStackTrace();
            }
            closed.countDown();
        }));
        node.getClass().getMethod("start").invoke(node);

        int port = httpPort(node);
        awaitYellow("http://127.0.0.1:" + port + "/_cluster/health?wait_for_status=yellow&timeout=60s");
        out.println("ready http=127.0.0.1:" + port);
        out.flush();
        closed.await();
    }

    private static Object environment(Path home, Path conf) throws Exception {
        Map<String, String> overrides = new TreeMap<>();
        overrides.put("path.home", home.toString());
        System.getProperties().forEach((name, value) -> {
            if (name.toString().startsWith("set.")) {
                overrides.put(name.toString().substring(4), value.toString());
            }
        });
        Object empty = es("common.settings.Settings").getField("EMPTY").get(null);
        Supplier<String> nodeName = () -> "node-1";
        return call(null, named(es("node.InternalSettingsPreparer"), "prepareEnvironment", 4), empty, overrides, conf, nodeName);
    }

    private static AutoCloseable node(Object environment, Path home) throws Exception {
        Class<?> loaderClass = es("plugins.PluginsLoader");
        Method bundles = named(loaderClass, "loadModulesBundles", 1, 2); // 9.x has a second parameter
        Path modules = home.resolve("modules");
        Object found = bundles.getParameterCount() == 1 ? call(null, bundles, modules) : call(null, bundles, modules, false);
        Object loader = call(null, named(loaderClass, "createPluginsLoader", 4), found, Set.of(), Map.of(), false);
        return (AutoCloseable) es("node.Node").getConstructor(environment.getClass(), loaderClass).newInstance(environment, loader);
    }

    private static int httpPort(Object node) throws Exception {
        Object injector = node.getClass().getMethod("injector").invoke(node);
        Class<?> transport = es("http.HttpServerTransport");
        Object http = call(injector, named(injector.getClass(), "getInstance", Class.class), transport);
        Object bound = transport.getMethod("boundAddress").invoke(http);
        Object address = bound.getClass().getMethod("publishAddress").invoke(bound);
        return (int) address.getClass().getMethod("getPort").invoke(address);
    }

    private static void awaitYellow(String url) throws Exception {
        for (int left = 5; left > 0; left--) {
            HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
            try {
                if (connection.getResponseCode() == 200) {
                    return;
                }
            } finally {
                connection.disconnect();
            }
            Thread.sleep(200);
        }
        throw new IllegalStateException("the cluster did not become yellow");
    }

    private static Class<?> es(String name) throws ClassNotFoundException {
        return Class.forName("org.elasticsearch." + name);
    }

    private static Object call(Object target, Method method, Object... arguments) throws Exception {
        method.setAccessible(true);
        return method.invoke(target, arguments);
    }

    private static Method named(Class<?> owner, String name, Class<?> parameter) throws NoSuchMethodException {
        return owner.getMethod(name, parameter);
    }

    /** The public method of that name with one of these parameter counts. */
    private static Method named(Class<?> owner, String name, int... parameterCounts) throws NoSuchMethodException {
        for (int count : parameterCounts) {
            for (Method method : owner.getMethods()) {
                if (method.getName().equals(name) && method.getParameterCount() == count) {
                    return method;
                }
            }
        }
        throw new NoSuchMethodException(owner.getName() + "#" + name);
    }
}
