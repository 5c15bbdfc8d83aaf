// What static/js/arm_3d.js needs of three.js; build.sh leaves the rest out.
export {
  CapsuleGeometry, Color, DirectionalLight, Group, HemisphereLight, Mesh, MeshStandardMaterial, PerspectiveCamera, Scene,
  SphereGeometry, WebGLRenderer,
} from "three";
