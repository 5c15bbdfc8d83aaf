// Two arms side by side in three.js: where the command leads, and where the arm is. Loaded only when it is shown.
import {
  CapsuleGeometry, Color, DirectionalLight, Group, HemisphereLight, Mesh, MeshStandardMaterial, PerspectiveCamera, Scene,
  SphereGeometry, WebGLRenderer,
} from "../../vendor/three.js";
import { armPose } from "./arm_pose.js";

const SIDES = 12;

function armOf(colours) {
  const group = new Group();
  const materials = {
    upper: new MeshStandardMaterial({ roughness: 0.7 }), fore: new MeshStandardMaterial({ roughness: 0.6 }),
    hand: new MeshStandardMaterial({ roughness: 0.5 }), thumb: new MeshStandardMaterial({ roughness: 0.5 }),
  };
  let parts = [];

  function build(bones) {
    parts = bones.map(({ part, from, to, radius }) => {
      const length = Math.hypot(...to.map((value, axis) => value - from[axis]));
      const mesh = new Mesh(new CapsuleGeometry(radius, length, 4, SIDES), materials[part]);
      group.add(mesh);
      return mesh;
    });
    const shoulder = new Mesh(new SphereGeometry(0.06, SIDES, SIDES), materials.upper);
    group.add(shoulder);
  }

  function pose(angles) {
    const bones = armPose(angles);
    if (parts.length === 0) build(bones);
    bones.forEach(({ from, to }, place) => {
      const mesh = parts[place];
      mesh.position.set(...from.map((value, axis) => (value + to[axis]) / 2));
      // A capsule stands along y: turned so that y points from one end to the other.
      const along = mesh.up.clone().set(...to.map((value, axis) => value - from[axis])).normalize();
      mesh.quaternion.setFromUnitVectors(mesh.up, along);
    });
  }

  function paint() {
    const { body, accent } = colours();
    materials.upper.color = new Color(body);
    for (const part of ["fore", "hand", "thumb"]) materials[part].color = new Color(accent);
  }

  paint();
  return { group, pose, paint };
}

// `colours()`: {ground, body, left, right}. Throws where there is no WebGL.
export function arm3d(canvas, colours) {
  const renderer = new WebGLRenderer({ canvas, antialias: true, powerPreference: "low-power" });
  const camera = new PerspectiveCamera(32, 1, 0.1, 10);
  camera.position.set(0.45, 0.12, 1.55);
  camera.lookAt(0.16, -0.22, 0);
  const scenes = ["left", "right"].map((side) => {
    const scene = new Scene();
    const arm = armOf(() => ({ body: colours().body, accent: colours()[side] }));
    const sun = new DirectionalLight(0xffffff, 2.2);
    sun.position.set(1, 2, 2);
    scene.add(arm.group, sun, new HemisphereLight(0xffffff, 0x888888, 1.4));
    return { scene, arm };
  });

  function paint() {
    renderer.setClearColor(new Color(colours().ground));
    scenes.forEach(({ arm }) => arm.paint());
  }

  paint();
  return {
    paint,
    draw(target, reported) {
      const [width, height] = [Math.max(canvas.clientWidth, 2), Math.max(canvas.clientHeight, 1)];
      renderer.setPixelRatio(Math.min(devicePixelRatio || 1, 2));
      renderer.setSize(width, height, false);
      camera.aspect = width / 2 / height;
      camera.updateProjectionMatrix();
      renderer.setScissorTest(true);
      [target, reported].forEach((angles, side) => {
        const { scene, arm } = scenes[side];
        arm.pose(angles);
        renderer.setViewport(side * width / 2, 0, width / 2, height);
        renderer.setScissor(side * width / 2, 0, width / 2, height);
        renderer.render(scene, camera);
      });
    },
    end() {
      renderer.dispose();
      renderer.forceContextLoss();
    },
  };
}
